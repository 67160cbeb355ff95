/** An interface with many clients, some of which never read, while services write much. */
import assert from "node:assert/strict";
import { Model, Nursery, systemClock } from "bailiwick";
import type { LogMessage } from "../lib/operate/api.ts";
import { Client } from "../lib/operate/client.ts";
import { handlerOf } from "../lib/operate/handler.ts";
import { Server } from "../lib/operate/server.ts";
import { RunningSystem } from "../lib/operate/system.ts";

/** More than are kept. */
const LINES = 60_000;
const AT_ONCE = 1000;
const [READERS, SLEEPERS] = [10, 5];
const LINE = "x".repeat(1000);

Deno.test(`${LINES} lines, ${READERS} clients that read and ${SLEEPERS} that do not: each gets every line, or is told that it missed it`, async () => {
  const directory = await Deno.makeTempDir();
  const before = Deno.env.get("XDG_RUNTIME_DIR");
  Deno.env.set("XDG_RUNTIME_DIR", directory);
  const model = new Model();
  await Nursery.run(async (nursery) => {
    const about = { program: "a", system: "loaded", pid: Deno.pid, since: "", standing: false };
    await using server = await Server.listen(
      "loaded",
      handlerOf(new RunningSystem(about, model, nursery)),
    );
    using client = new Client(server.path);
    write(model, AT_ONCE);
    const follow = () => client.request("logs?follow");
    const sleepers = await Promise.all(Array.from({ length: SLEEPERS }, follow));
    const readers = Array.from({ length: READERS }, () => countTo(client, LINES));
    for (let written = AT_ONCE; written < LINES; written += AT_ONCE) {
      write(model, AT_ONCE);
      if (written % (20 * AT_ONCE) === 0) await systemClock.sleep(1);
    }
    for (const { total } of await Promise.all(readers)) assert.equal(total, LINES);
    for (const { body } of sleepers) {
      const { total, missed } = await countOf(lines(body!), LINES);
      assert.equal(total, LINES);
      assert.ok(missed > 0);
    }
    assert.equal((await client.program()).system, "loaded");
    nursery.cancel();
  }).catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
  if (before === undefined) Deno.env.delete("XDG_RUNTIME_DIR");
  else Deno.env.set("XDG_RUNTIME_DIR", before);
  await Deno.remove(directory, { recursive: true });
});

function write({ journal }: Model, count: number): void {
  journal.append({ path: "chatty", instance: 1n }, Array(count).fill(LINE), 0);
}

/** Lines that were read or missed, and those that were missed. */
interface Counted {
  readonly total: number;
  readonly missed: number;
}

async function countTo(client: Client, goal: number): Promise<Counted> {
  return await countOf(client.lines<LogMessage>("logs?follow"), goal);
}

async function countOf(messages: AsyncIterable<LogMessage>, goal: number): Promise<Counted> {
  let [total, missed] = [0, 0];
  for await (const message of messages) {
    const lost = "missed" in message ? message.missed : 0;
    missed += lost;
    total += lost || 1;
    if (total >= goal) break;
  }
  return { total, missed };
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<LogMessage> {
  let rest = "";
  for await (
    const text of body.pipeThrough(new TextDecoderStream() as never) as never as AsyncIterable<
      string
    >
  ) {
    const all = (rest + text).split("\n");
    rest = all.pop()!;
    for (const line of all) yield JSON.parse(line);
  }
}
