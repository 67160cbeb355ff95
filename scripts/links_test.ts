import assert from "node:assert/strict";
import { deadLinks, htmlPage, markdownPage } from "./links.ts";

Deno.test("markdownPage() leaves out what stands in code", () => {
  const { links } = markdownPage("[a](a.md) `[b](b.md)`\n\n```ts\n[c](c.md)\n```\n\n[d]: d.md\n");
  assert.deepEqual(links, ["a.md", "d.md"]);
});

Deno.test("markdownPage() makes anchors as GitHub does", () => {
  const { anchors } = markdownPage("# A `b`'s c_d\n## Same\n## Same\n### [x](y.md) z\n");
  assert.deepEqual([...anchors], ["a-bs-c_d", "same", "same-1", "x-z"]);
});

Deno.test("htmlPage() decodes what attributes hold", () => {
  const { links, anchors } = htmlPage('<p id="a"><a href=".&#x2F;x.html?a&amp;b">x</a>');
  assert.deepEqual([links, [...anchors]], [["./x.html?a&b"], ["a"]]);
});

Deno.test("deadLinks() names file, link and reason", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/docs`);
    await Deno.writeTextFile(
      `${root}/docs/a.md`,
      "# Top\n[b](../b.html#here) [c](#top) [d](../docs)",
    );
    await Deno.writeTextFile(`${root}/b.html`, '<i id="here"></i><a href="docs/a.md#top">a</a>');
    assert.deepEqual(deadLinks(root, ["docs/a.md", "b.html"]), []);
    await Deno.writeTextFile(`${root}/b.html`, '<a href="no.md"></a><a href="file:///x"></a>');
    assert.deepEqual(deadLinks(root, ["docs/a.md", "b.html"]), [
      "docs/a.md: dead link ../b.html#here: b.html has no such heading or place",
      "b.html: dead link no.md: there is no such file",
      "b.html: dead link file:///x: it leads nowhere on another machine",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
