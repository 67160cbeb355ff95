/** What is told of a system is what is so, whatever is done to its processes. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import type { ServiceView } from "../lib/operate/api.ts";
import type { Client } from "../lib/operate/client.ts";
import { choose, dice } from "./support/dice.ts";
import { OperatedCli } from "./support/operated.ts";

/** Milliseconds until it must be told. */
const WITHIN = 500;
const ROUNDS = 40;
const LIVING: readonly ServiceView["state"][] = ["starting", "running", "ready", "unready"];

Deno.test(`kills and pauses are told within ${WITHIN} ms, as /proc has them (${ROUNDS} rounds)`, async () => {
  await using cli = await OperatedCli.up("--patient");
  await cli.ask(async (client) => {
    const roll = dice(1);
    for (let round = 0; round < ROUNDS; round++) {
      const { services } = await client.model();
      const { pid, paused } = choose(roll, services);
      const signal = paused ? "SIGCONT" : choose(roll, ["SIGKILL", "SIGSTOP", "SIGTERM"] as const);
      Deno.kill(pid, signal);
      await until(`${signal} is told of`, () => isSo(client, pid, signal), WITHIN);
      await until("all of it is so", async () => isTrue((await client.model()).services), WITHIN);
    }
  });
  const lines = await cli.json<ServiceView>("ps");
  assert.ok(await isTrue(lines), JSON.stringify(lines));
});

/** Whether what was done is known: the process is paused, goes on, or is another. */
async function isSo(client: Client, pid: number, signal: Deno.Signal): Promise<boolean> {
  const view = (await client.model()).services.find((view) => view.pid === pid);
  if (signal === "SIGSTOP") return view?.paused === signal;
  if (signal === "SIGCONT") return view !== undefined && view.paused === undefined;
  return view === undefined;
}

async function isTrue(views: readonly ServiceView[]): Promise<boolean> {
  const states = await Promise.all(views.map(({ pid }) => stateOf(pid)));
  return views.every(({ state, paused }, at) =>
    LIVING.includes(state) === (states[at] !== undefined) &&
    (paused !== undefined) === (states[at] === "T")
  );
}

/** That of proc(5), as "S"; nothing if there is no such process. */
async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}
