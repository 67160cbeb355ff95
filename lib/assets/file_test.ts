import assert from "node:assert/strict";
import { AssetError, assetStamp, filePath, fileUrl, readAsset } from "./mod.ts";

Deno.test("filePath() is a path as the kernel reads it", () => {
  assert.equal(filePath(new URL("file:///a%20b/%C3%A4")), "/a b/ä");
  assert.throws(() => filePath(new URL("https://example.org/a")), {
    name: "TypeError",
    message: "Cannot use https://example.org/a: it is not the URL of a file",
  });
});

Deno.test("fileUrl() is the URL whose path it is, whatever letters are in it", () => {
  const path = "/a b/ä%20#?x=1&[é]/";
  assert.equal(filePath(fileUrl(path)), path);
  assert.equal(fileUrl(path).search + fileUrl(path).hash, "");
});

Deno.test("assetStamp() is another one when the file was written again", async () => {
  const directory = await Deno.makeTempDir();
  const url = new URL(`file://${directory}/program`);
  await assert.rejects(() => assetStamp(url), { name: "AssetError", isMissing: true });
  await Deno.writeTextFile(url, "first");
  const stamp = await assetStamp(url);
  assert.equal(await assetStamp(url), stamp);
  await Deno.writeTextFile(url, "second");
  assert.notEqual(await assetStamp(url), stamp);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("readAsset() keeps the cause when it is not that the file is missing", async () => {
  await assert.rejects(() => readAsset(new URL(".", import.meta.url)), (error) => {
    assert.ok(error instanceof AssetError && error.cause instanceof Error);
    assert.equal(error.isMissing, false);
    return true;
  });
});

Deno.test("readAsset() fetches what is on the web, and says what the server answered", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => url.endsWith("/there") ? new Response("text") : new Response("", { status: 404 }),
  );
  const url = (name: string) => new URL(`http://127.0.0.1:${server.addr.port}/${name}`);
  assert.equal(new TextDecoder().decode(await readAsset(url("there"))), "text");
  await assert.rejects(() => readAsset(url("none")), {
    name: "AssetError",
    message: `Cannot fetch ${url("none")}: status 404`,
    isMissing: true,
  });
});
