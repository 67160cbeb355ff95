/** A browser without a screen. */
import playwright, { type Browser, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Shows a page, in a browser of its own that ends with the task. What the page throws fails the task. */
export async function withPage<T>(
  url: string,
  task: (page: Page) => Promise<T>,
  { width = 1100, height = 640 } = {},
): Promise<T> {
  const browser: Browser = await playwright.chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(10_000);
    const thrown: Error[] = [];
    page.on("pageerror", (error: Error) => void thrown.push(error));
    await page.goto(url);
    const result = await task(page);
    if (thrown.length > 0) throw thrown[0];
    return result;
  } finally {
    await browser.close();
  }
}
