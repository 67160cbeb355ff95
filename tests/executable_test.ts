/** The single executable, as it is made, trading the sample orders with nothing else in reach. */
import assert from "node:assert/strict";

const ROOT = new URL("..", import.meta.url).pathname;
const read = (name: string) => Deno.readTextFileSync(`${ROOT}examples/${name}`).trim().split("\n");

async function makeExecutable(path: string): Promise<void> {
  const args = ["run", "-A", "scripts/compile.ts", "--pack", "--out", path];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** A running `up`, and the port that takes orders. */
interface Up {
  port: number;
  stop(): Promise<number>;
}

async function up(executable: string, directory: string): Promise<Up> {
  const child = new Deno.Command(executable, {
    args: ["up", "--topology", "dev"],
    cwd: directory,
    env: { HOME: directory, PATH: "/usr/bin:/bin" },
    clearEnv: true,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await output.read();
    assert.ok(!done, `up ended: ${text}`);
    text += value;
    const port = text.match(/127\.0\.0\.1 (\d+)\s/)?.[1];
    if (port) {
      const stop = async () => {
        child.kill("SIGTERM");
        while (!(await output.read()).done) continue;
        return (await child.status).code;
      };
      return { port: Number(port), stop };
    }
  }
}

async function trade(port: number, lines: string[]): Promise<string[]> {
  using connection = await Deno.connect({ port });
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  async function send(): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    await connection.closeWrite();
  }
  const sent = send();
  const answers = await new Response(connection.readable).text();
  await sent;
  return answers.trim().split("\n");
}

async function processesOf(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (/^\d+$/.test(name) && command.includes(directory)) found.push(command);
  }
  return found;
}

Deno.test("executable trades the sample orders to the expected answers, twice", async () => {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-executable-" });
  try {
    await makeExecutable(`${directory}/copied`);
    const lines = read("orders.csv").slice(1).map((row) => row.replaceAll(",", " "));
    for (let start = 0; start < 2; start++) {
      const running = await up(`${directory}/copied`, directory);
      const answers = await trade(running.port, lines);
      const code = await running.stop();
      const withoutNumbers = answers.map((answer) => answer.replace(/^ACCEPT \d+$/, "ACCEPT"));
      assert.deepEqual(withoutNumbers, read("orders.expected.txt"));
      assert.equal(code, 0);
      assert.deepEqual(await processesOf(directory), []);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
