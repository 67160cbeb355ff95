/** Headless Chromium, and the page in it. */
import { type Browser, chromium, type Page } from "playwright-core";
import type { Handler } from "../../lib/operate/mod.ts";
import { type ServedPage, servePage } from "../../lib/web/mod.ts";

/** Where Debian's package has it. */
const CHROMIUM = "/usr/bin/chromium";
const DEADLINE = 10_000;

/** A page in a browser of its own. What it asks of anybody else, and what goes wrong in it, is noted. */
export class OpenPage implements AsyncDisposable {
  readonly page: Page;
  /** Requests to elsewhere, errors, and what its policy refused. */
  readonly complaints: string[];
  readonly url: string;
  readonly #browser: Browser;
  readonly #served: ServedPage | undefined;

  private constructor(
    page: Page,
    { url, complaints, browser, served }: {
      url: string;
      complaints: string[];
      browser: Browser;
      served?: ServedPage | undefined;
    },
  ) {
    this.page = page;
    [this.url, this.complaints, this.#browser, this.#served] = [url, complaints, browser, served];
  }

  /** Opens the page of an interface. */
  static async of(handler: Handler, options: ViewOptions = {}): Promise<OpenPage> {
    const served = await servePage({ handler });
    return await OpenPage.at(served.url, options, served);
  }

  /** Opens a page that something else serves. */
  static async at(url: string, options: ViewOptions = {}, served?: ServedPage): Promise<OpenPage> {
    const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
    const browser = await chromium.launch({ executablePath: CHROMIUM, args });
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
      colorScheme: options.dark ? "dark" : "light",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE);
    const { origin } = new URL(url);
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (said) => {
      if (said.type() === "error") complaints.push(said.text());
    });
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) complaints.push(`asks ${request.url()}`);
    });
    if (options.before) await page.addInitScript(options.before);
    await page.goto(url);
    return new OpenPage(page, { url, complaints, browser, served });
  }

  /** Shows a screen. */
  async go(screen: string): Promise<void> {
    await this.page.evaluate((to) => location.hash = to, `#/${screen}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#served?.[Symbol.asyncDispose]();
  }
}

/** How it is looked at. */
export interface ViewOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Runs in the page before its own script. */
  readonly before?: () => void;
}
