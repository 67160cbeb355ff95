/** Nothing that prints decides whether, or how, a system stops. */
import assert from "node:assert/strict";
import { calls, Command, localHost, O, programThread } from "bailiwick";
import { runSystem } from "bailiwick/testing";
import { Cli } from "./support/cli.ts";
import { expectGone } from "./support/gone.ts";
import { fromFileUrl } from "./support/urls.ts";

const DEADLINE = 10_000;

/** Runs a test with a directory for logs. */
async function withLogs(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** All services of the example say so when they stop in order. */
async function expectOrderlyStop(logs: string): Promise<void> {
  const files = [...Deno.readDirSync(logs)].map(({ name }) => `${logs}/${name}`);
  assert.equal(files.length, 5);
  for (const file of files) {
    assert.match(await Deno.readTextFile(file), / stopped( (before|after) order \d+)?\n$/, file);
  }
}

Deno.test("up goes on, and stops in order, when whoever read its output has gone", () =>
  withLogs(async (logs) => {
    const mark = crypto.randomUUID();
    const child = Cli.fromSource().spawn(["up", "--log-dir", logs], { BAILIWICK_TEST: mark });
    await child.stdin.close();
    const reader = child.stderr.getReader();
    await reader.read();
    await reader.cancel();
    await firstBytes(child.stdout, "SERVICE");
    child.kill("SIGINT");
    assert.equal((await child.status).code, 0);
    await expectOrderlyStop(logs);
    await expectGone(mark, DEADLINE);
  }));

/** Reads until a text has come, and goes. */
async function firstBytes(stream: ReadableStream<Uint8Array>, text: string): Promise<void> {
  let seen = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    seen += decoder.decode(bytes, { stream: true });
    if (seen.includes(text)) return;
  }
  throw new Error(`The output ended without ${text}: ${seen}`);
}

const TIOCSPTLCK = 0x40045431;
const TIOCGPTPEER = 0x5441;
const TIOCSCTTY = 0x540e;

Deno.test("up stops in order when its terminal is closed", () =>
  withLogs(async (logs) => {
    await runSystem(localHost, async ({ thread }) => {
      const program = programThread();
      const master = await program.open("/dev/ptmx", O.RDWR | O.NOCTTY);
      const unlocked = Deno.UnsafePointer.value(Deno.UnsafePointer.of(new Int32Array(1)));
      await program.syscall("ioctl", master.number, TIOCSPTLCK, unlocked);
      const number = await program.syscall("ioctl", master.number, TIOCGPTPEER, O.RDWR | O.NOCTTY);
      const slave = program.adopt(number);
      const terminal = await thread.receive(slave);
      await slave.close();
      const main = fromFileUrl("../../main.ts");
      const args = ["run", "-A", "--no-check", main, "up", "--log-dir", logs];
      const up = await thread.spawn(new Command(Deno.execPath(), args), {
        fds: { 0: terminal, 1: terminal, 2: terminal },
        prepare: [calls.setsid(), calls.syscall("ioctl", terminal.number, TIOCSCTTY, 0)],
      });
      await terminal.close();
      const copy = await thread.receive(master);
      await master.close();
      const screen = await thread.reader(copy);
      await copy.close();
      let seen = "";
      for await (const bytes of screen) {
        seen += new TextDecoder().decode(bytes);
        if (seen.includes("Ctrl-C stops")) break;
      }
      assert.match(seen, /Ctrl-C stops/);
      screen.close();
      assert.equal(`${await up.wait()}`, "exited with status 0");
    });
    await expectOrderlyStop(logs);
  }));
