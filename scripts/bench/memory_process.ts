/**
 * Starts services with captured logs, and prints by how many KiB each makes the program and the agent
 * grow, as JSON. Runs with `--v8-flags=--expose-gc`.
 */
import { Command, type Host, localHost } from "bailiwick";
import { proportional } from "./proportional.ts";

const FIRST = 100;
const MORE = 500;

declare const gc: () => void;

await using host = await localHost();
const services: unknown[] = [];
await start(FIRST);
const before = await held(host);
await start(MORE);
const after = await held(host);
console.log(JSON.stringify({
  program: (after.program - before.program) / MORE,
  agent: (after.agent - before.agent) / MORE,
}));

async function start(count: number): Promise<void> {
  const sleep = new Command("sleep", ["infinity"]);
  for (let i = 0; i < count; i++) services.push(await host.thread.spawn(sleep));
}

async function held({ info }: Host): Promise<{ program: number; agent: number }> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { program: await proportional("self"), agent: await proportional(info.pid) };
}
