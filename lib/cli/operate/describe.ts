/** `describe`: all that is known of one service, the reasons first. */
import type { ServiceDetail } from "../../operate/mod.ts";
import { printable } from "../../logs/mod.ts";
import { print, table, Terminal } from "../../tools/mod.ts";
import type { AnySystem } from "../system.ts";
import type { ActFlags } from "./act.ts";
import { eventText } from "./events.ts";
import { programOf } from "./program.ts";
import { age, megabytes, seconds } from "./words.ts";

/**
 * Prints it.
 *
 * @throws {UsageError} If no program is there.
 * @throws {RequestError} If there is no such service.
 */
export async function describe(system: AnySystem, name: string, flags: ActFlags): Promise<void> {
  using client = await programOf(system, flags);
  const detail = await client.service(name);
  print(flags.json ? JSON.stringify(detail) : detailText(detail, system.name));
}

const MOST_HISTORY = 12;

/** The text of it. */
export function detailText(detail: ServiceDetail, program: string, now = Date.now()): string {
  const { name, host, pid, instance, state, reason, since, started, restarts, lastEnd } = detail;
  const { address, says, paused, usage, timeToReady, uses, usedBy, command, fingerprint } = detail;
  const terminal = new Terminal(Deno.stdout);
  const colour = state === "failed" || state === "unready" ? "bad" : "good";
  const facts: [string, string | undefined][] = [
    ["state", `${terminal[colour](state)} for ${age(now - Date.parse(since))}`],
    ["paused", paused && `by ${paused}; it goes on with SIGCONT`],
    ["why", reason],
    ["last end", lastEnd && `${lastEnd.status}, ${lastEnd.time}`],
    ["says", says],
    ["where", `${host}, pid ${pid}, instance ${instance}`],
    ["address", address],
    ["started", `${started}, restarted ${restarts} times`],
    ["ready in", timeToReady === undefined ? undefined : `${timeToReady.toFixed(1)} ms`],
    ["uses", uses.join(", ") || undefined],
    ["used by", usedBy.join(", ") || undefined],
    [
      "usage",
      usage &&
      `${seconds(usage.cpu)} of processor time, ${
        megabytes(usage.memory)
      }, ${usage.processes} processes`,
    ],
    ["command", command],
  ];
  const lines = facts.filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(10)}${value}`);
  const made = table(["MADE OF", ""], Object.entries(fingerprint));
  const history = detail.history.slice(0, MOST_HISTORY).map(eventText);
  const said = detail.lastLines.slice(-MOST_HISTORY).map((line) => `  ${printable(line)}`);
  return [
    ...[name, ...lines, "", made],
    ...(history.length > 0 ? ["", "HISTORY, the last first", ...history] : []),
    ...(said.length > 0 ? ["", "IT SAID LAST", ...said] : []),
    ...["", `more: ${program} logs ${name} -f; ${program} restart ${name}`],
  ].join("\n");
}
