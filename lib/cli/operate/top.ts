/** `top`: what services use. */
import { type Milliseconds, seconds, systemClock } from "../../clock/mod.ts";
import type { Client, UsageView } from "../../operate/mod.ts";
import { print } from "../../tools/mod.ts";
import type { AnySystem } from "../system.ts";
import type { ActFlags } from "./act.ts";
import { columns, fitted } from "./fitted.ts";
import { programOf } from "./program.ts";
import { megabytes } from "./words.ts";

const PERIOD: Milliseconds = seconds(1);
const HEADING = ["NAME", "CPU %", "MEMORY", "PROCESSES", "HOST", "PID"];
const LEAST_FIRST = ["PID", "HOST", "PROCESSES"];

type Usages = Readonly<Record<string, UsageView>>;

/**
 * Draws it every second, or with `--json` prints a line for each service, until somebody ends it.
 *
 * @throws {UsageError} If no program is there.
 */
export async function top(system: AnySystem, flags: ActFlags): Promise<void> {
  using client = await programOf(system, flags);
  let [before, at] = [await client.usage(), systemClock.now()];
  for (;;) {
    await systemClock.sleep(PERIOD);
    const [usage, now] = [await client.usage(), systemClock.now()];
    const rows = await rowsOf(client, before, usage, now - at);
    if (flags.json) { for (const row of rows) print(JSON.stringify(row)); }
    else draw(rows);
    [before, at] = [usage, now];
  }
}

interface Row {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** Of one processor, in percent. */
  readonly cpu: number;
  readonly memory: number;
  readonly processes: number;
}

/** The most first. */
async function rowsOf(client: Client, before: Usages, now: Usages, passed: number): Promise<Row[]> {
  const { services } = await client.model();
  const rows = services.flatMap(({ name, host, pid }) => {
    const usage = now[name];
    if (!usage) return [];
    const spent = Math.max(0, usage.cpu - (before[name]?.cpu ?? usage.cpu));
    const { memory, processes } = usage;
    return [{ name, host, pid, cpu: spent * 100 / passed, memory, processes }];
  });
  return rows.toSorted((a, b) => b.cpu - a.cpu || b.memory - a.memory);
}

function draw(rows: readonly Row[]): void {
  const isTerminal = Deno.stdout.isTerminal();
  const shown = isTerminal ? rows.slice(0, Deno.consoleSize().rows - 2) : rows;
  const cells = shown.map(({ name, cpu, memory, processes, host, pid }) => [
    ...[name, cpu.toFixed(1), megabytes(memory), `${processes}`, host, `${pid}`],
  ]);
  print(`${isTerminal ? "\x1b[H\x1b[2J" : ""}${fitted(HEADING, cells, LEAST_FIRST, columns())}`);
}
