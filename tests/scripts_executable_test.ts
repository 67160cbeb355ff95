/** Services in TypeScript that an executable starts, where there is neither a source nor a deno. */
import assert from "node:assert/strict";
import { type TestHost, TestNetwork } from "bailiwick/testing";
import { readContents } from "../lib/compile/contents.ts";
import { pack, writeExecutable } from "../lib/compile/pack.ts";
import { nativePath } from "./support/native.ts";
import { fromFileUrl } from "./support/urls.ts";

const MAIN = fromFileUrl("../programs/greeting.ts");
const SAID = "hello\na page\n";
/** Places of the launcher where nothing can be executed, so that it runs from memory. */
const NOWHERE = "for place in root var/tmp tmp dev/shm; do mount -o remount,noexec /$place; done";

/** As `compile` makes it, but for packing, which takes its time. */
async function makeExecutable(path: string): Promise<void> {
  const contents = await readContents(MAIN);
  const runtime = {
    name: "runtime/greeting",
    content: await Deno.readFile(Deno.execPath()),
    executable: true,
    isRuntime: true,
  };
  const { bytes } = pack(await Deno.readFile(nativePath("launcher")), [runtime, ...contents], {
    compress: false,
  });
  await writeExecutable(path, bytes);
}

async function says(host: TestHost, before: string, args: readonly string[]): Promise<string> {
  const script = `${before}\nexec env -i HOME=/root PATH=/usr/bin:/bin /run/greeting "$@"`;
  const { code, stdout, stderr } = await host.run([
    "timeout",
    "60",
    "sh",
    "-c",
    script,
    "sh",
    ...args,
  ]);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

Deno.test("an executable starts services in TypeScript, here and elsewhere", async () => {
  await using network = await TestNetwork.make({ hosts: 2 });
  const [here, there] = network.hosts;
  const path = `${network.directory}/greeting`;
  await makeExecutable(path);
  const copied = await new Deno.Command("scp", {
    args: ["-q", "-F", network.sshConfig, path, "host0:/run/greeting"],
  }).output();
  assert.ok(copied.success, new TextDecoder().decode(copied.stderr));
  const config = "/root/.ssh/config";
  assert.equal(await says(here!, ":", []), SAID);
  assert.equal(await says(here!, ":", [there!.address, config]), SAID);
  assert.equal(await says(here!, NOWHERE, [there!.address, config]), SAID);
});
