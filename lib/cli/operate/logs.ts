/** `logs`: what services write, in the order in which it came. */
import type { LogMessage } from "../../operate/mod.ts";
import { print, Terminal } from "../../tools/mod.ts";
import type { AnySystem } from "../system.ts";
import { UsageError } from "../usage_error.ts";
import type { ActFlags } from "./act.ts";
import { programOf } from "./program.ts";

/** What `logs` takes. */
export interface LogsFlags extends ActFlags {
  readonly follow: boolean;
  readonly times: boolean;
  readonly since?: string;
  readonly last?: number;
  readonly grep?: string;
}

/**
 * Prints the lines that the program has kept, and with `--follow` those that come, until the program ends.
 *
 * @param services Paths of services, or of scopes: then of all in them.
 * @throws {UsageError} If no program is there.
 * @throws {RequestError} If nothing has one of the names.
 */
export async function logs(
  system: AnySystem,
  services: readonly string[],
  flags: LogsFlags,
): Promise<void> {
  using client = await programOf(system, flags);
  const query = new URLSearchParams(services.map((service) => ["service", service]));
  if (flags.follow) query.set("follow", "");
  if (flags.since !== undefined) query.set("since", sinceOf(flags.since));
  if (flags.last !== undefined) query.set("last", `${flags.last}`);
  if (flags.grep !== undefined) query.set("grep", flags.grep);
  const known = (await client.model()).services.map(({ name }) => name);
  const isAlone = services.length === 1 && known.includes(services[0]!);
  const text = flags.json ? JSON.stringify : lineText(new Names(known), flags.times, isAlone);
  for await (const pieces of client.pieces<LogMessage>(`logs?${query}`)) {
    print(pieces.map((message) => text(message)).join("\n"));
  }
}

/**
 * A time, or how long ago it was, as "5m".
 *
 * @throws {UsageError} If it is neither.
 */
export function sinceOf(text: string, now = Date.now()): string {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  const time = amount === undefined
    ? Date.parse(text)
    : now - Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new UsageError(`--since is a time, or how long ago, as 90s, 5m, 2h or 1d; not ${text}`);
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Names in columns and colours of their own. */
class Names {
  readonly #width: number;
  readonly #colours = new Map<string, number>();
  readonly #terminal = new Terminal(Deno.stdout);

  constructor(names: readonly string[]) {
    this.#width = Math.max(0, ...names.map(({ length }) => length));
  }

  of(service: string): string {
    let colour = this.#colours.get(service);
    if (colour === undefined) {
      this.#colours.set(service, colour = COLOURS[this.#colours.size % COLOURS.length]!);
    }
    return this.#terminal.coloured(colour, service.padEnd(this.#width));
  }
}

/** Of SGR: those that can be read on dark and on light. */
const COLOURS = [36, 33, 32, 35, 34, 31];

function lineText(names: Names, hasTimes: boolean, isAlone: boolean) {
  return (message: LogMessage): string => {
    if ("missed" in message) return `(${message.missed} lines are not kept any more)`;
    const { time, service, line } = message;
    const name = isAlone ? "" : `${names.of(service)}  `;
    return `${hasTimes ? `${time}  ` : ""}${name}${line}`;
  };
}
