/** The library as a program imports it from the web, as from JSR. */
import assert from "node:assert/strict";
import { compile } from "bailiwick/compile";
import { ROOT } from "../scripts/sources.ts";

const MAIN = `
  import { Command, localHost } from "SERVER/lib/mod.ts";
  await using host = await localHost();
  const child = await host.thread.spawn(new Command("echo", ["from afar"]));
  console.log(\`\${await child.wait()}: \${child.log?.tail}\`);
`;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const types = { "content-type": pathname.endsWith(".ts") ? "text/typescript" : "text/plain" };
  const file = await Deno.readFile(`${ROOT}${pathname}`).catch(() => undefined);
  return new Response(file ?? null, { status: file ? 200 : 404, headers: types });
}

/** Removes what deno keeps of the server's modules. */
async function forget(port: number): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { modulesCache } = JSON.parse(text(stdout));
  await Deno.remove(`${modulesCache}/http/127.0.0.1_PORT${port}`, { recursive: true });
}

Deno.test("the library works when it is imported from the web, and in an executable then", async () => {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-remote-" });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  try {
    const from = `http://127.0.0.1:${server.addr.port}`;
    const main = `${directory}/main.ts`;
    await Deno.writeTextFile(main, MAIN.replace("SERVER", from));
    const run = async (command: string, ...args: string[]) => {
      const env = { NO_COLOR: "1", XDG_CACHE_HOME: `${directory}/cache`, TMPDIR: directory };
      const ended = await new Deno.Command(command, { args, env, stdin: "null" }).output();
      assert.equal(text(ended.stdout), "exited with status 0: from afar\n", text(ended.stderr));
    };
    await run(Deno.execPath(), "run", "-A", "--quiet", "--reload", main);
    const output = `${directory}/executable`;
    const { files } = await compile(main, { output });
    await server.shutdown();
    assert.ok(files.some(({ source }) => source === `${from}/dist/native/aarch64/agent`));
    await run(output);
    const left = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
    assert.deepEqual(left.toSorted(), ["cache", "executable", "main.ts"]);
  } finally {
    await forget(server.addr.port);
    await Deno.remove(directory, { recursive: true });
  }
});
