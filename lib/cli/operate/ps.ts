/** `ps`: the services of a system, in the tree of its scopes. */
import type { Client, ScopeView } from "../../operate/mod.ts";
import { EXIT, print, Terminal } from "../../tools/mod.ts";
import { age, megabytes, seconds } from "./words.ts";
import { columns, fitted } from "./fitted.ts";
import type { ServiceLine } from "../standing/rows.ts";
import type { SystemFlags } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";
import { type Look, look, lookBy } from "./look.ts";
import { programOf } from "./program.ts";

/** What `ps` takes. */
export interface PsFlags extends SystemFlags {
  readonly json: boolean;
  readonly watch: boolean;
}

/**
 * Prints a row for each service; status 1 if a host cannot be reached.
 *
 * @throws {UsageError} If the system is not known on this machine.
 */
export async function ps(system: AnySystem, flags: PsFlags): Promise<void> {
  if (flags.watch) return await watch(system, flags);
  const seen = await look(system, flags);
  if (flags.json) { for (const line of seen.services) print(JSON.stringify(line)); }
  else print(psText(seen, columns()));
  if (!flags.json && !seen.model) console.error("No program of it runs on this machine");
  tellProblems(seen.problems);
}

/** Tells of the hosts that cannot be reached. */
export function tellProblems(problems: Look["problems"]): void {
  for (const { host, problem } of problems) {
    console.error(`${host} cannot be reached, and what runs there is unknown: ${problem}`);
    Deno.exitCode = EXIT.FAILED;
  }
}

/**
 * The tree, as far as it fits.
 *
 * @param width Columns of the terminal; Infinity where there is none.
 */
export function psText({ services, model }: Look, width: number, now = Date.now()): string {
  if (services.length === 0 && !model) return "Nothing of it stands";
  const scopes = new Map(model?.scopes.map((scope) => [scope.path, scope]));
  const rows: string[][] = [];
  const seen = new Set<string>();
  for (const service of inOrder(services)) {
    const { scope = "" } = service;
    for (const path of [...above(scope), scope]) {
      if (path === "" || seen.has(path)) continue;
      seen.add(path);
      rows.push(scopeRow(path, scopes.get(path), now));
    }
    rows.push(serviceRow(service, now));
  }
  for (const scope of scopes.values()) {
    if (!seen.has(scope.path) && scope.state !== "standing") {
      rows.unshift(scopeRow(scope.path, scope, now));
    }
  }
  return fitted(HEADING, rows, LEAST_FIRST, width);
}

const HEADING = [
  ...["NAME", "STATE", "FOR", "RESTARTS", "HOST", "PID", "CPU", "MEMORY", "ADDRESS"],
  "NOTE",
];
/** The columns that are left out first where there is little room. */
const LEAST_FIRST = ["ADDRESS", "PID", "MEMORY", "CPU", "HOST", "RESTARTS", "NOTE", "FOR"];

function serviceRow(service: ServiceLine, now: number): string[] {
  const { name, scope = "", state, since, restarts, host, pid, address = "", usage } = service;
  const indent = "  ".repeat(depthOf(scope));
  const own = scope !== "" && name.startsWith(`${scope}/`) ? name.slice(scope.length + 1) : name;
  return [
    ...[`${indent}${own}`, state, since === undefined ? "" : age(now - Date.parse(since))],
    ...[`${restarts}`, host, `${pid}`],
    ...[usage ? seconds(usage.cpu) : "", usage ? megabytes(usage.memory) : "", address],
    noteOf(service),
  ];
}

/** Why it is as it is, or how it ended last. */
function noteOf({ reason, says, paused, lastEnd, state }: ServiceLine): string {
  if (paused !== undefined) return `paused by ${paused}`;
  if (reason !== undefined) return reason;
  if (lastEnd && (state === lastEnd.state || says === undefined)) return `last: ${lastEnd.status}`;
  return says ?? "";
}

function scopeRow(path: string, scope: ScopeView | undefined, now: number): string[] {
  const indent = "  ".repeat(Math.max(0, depthOf(path) - 1));
  const name = path === "" ? "(system)" : path.split("/").at(-1)!;
  const since = scope ? age(now - Date.parse(scope.since)) : "";
  const choices = scope?.choices.map(({ label }) => label).join(", ") ?? "";
  const note = [scope?.reason, choices && `answer: ${choices}`].filter((each) => each).join("; ");
  return [`${indent}${name}/`, scope?.state ?? "", since, "", "", "", "", "", "", note];
}

const FIRST: readonly ServiceLine["state"][] = ["failed", "unready", "unknown", "starting"];

/** By scope, in each of them those first that are not as they should be. */
function inOrder(services: readonly ServiceLine[]): readonly ServiceLine[] {
  const rank = ({ state }: ServiceLine) => {
    const at = FIRST.indexOf(state);
    return at === -1 ? FIRST.length : at;
  };
  return services.toSorted((a, b) => {
    const [one, other] = [a.scope ?? "", b.scope ?? ""];
    return one === other ? rank(a) - rank(b) || compare(a.name, b.name) : compare(one, other);
  });
}

/** Numbers in names by their size. `Intl.Collator` does that, too, but takes 18 ms to be loaded. */
function compare(a: string, b: string): number {
  const [one, other] = [a, b].map((name) =>
    name.replaceAll(/\d+/g, (all) => all.padStart(12, "0"))
  );
  return one! < other! ? -1 : one! > other! ? 1 : 0;
}

function depthOf(scope: string): number {
  return scope === "" ? 0 : scope.split("/").length;
}

function above(scope: string): string[] {
  const parts = scope.split("/");
  return parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** Draws it again after each event, for as long as the program goes on. */
async function watch(system: AnySystem, flags: PsFlags): Promise<void> {
  using client = await programOf(system, flags);
  const terminal = new Terminal(Deno.stdout);
  const draw = async (client: Client) => {
    const text = psText(await lookBy(client, system, flags), columns());
    if (terminal.isTerminal) print(`\x1b[H\x1b[2J${text}`);
    else print(`${text}\n`);
  };
  await draw(client);
  for await (const _ of client.events()) await draw(client);
}
