/** What a service is started from, field by field, so that one can say what has changed. */
import type { Fingerprint } from "../nursery/mod.ts";
import type { ChildProcess, Command, Environment, Thread } from "../thread/mod.ts";
import { canonical, identity } from "./canonical.ts";
import type { StartOptions } from "./options.ts";

/** What of the options makes the process what it is, or says when it is ready; the rest can change while it runs. */
const FIELDS = [
  ...["cwd", "user", "group", "groups", "umask", "limits", "nice", "oomScoreAdjust", "prepare"],
  ...["fds", "sockets", "image", "inheritEnvironment", "secrets", "log"],
  ...["ready", "health", "uses"],
] as const satisfies readonly (keyof StartOptions)[];

const KEEP = 'claim one that stays: await keep(nursery, thread, "NAME")';

/** All that a service is started from. */
export interface Whole {
  readonly fingerprint: Fingerprint;
  /** The processes that are among it. */
  readonly holds: ReadonlySet<ChildProcess>;
  /** What of it ends with the program, in words: the field, and what it is. */
  readonly passing: readonly string[];
}

/**
 * What is started, as it is compared with what stands.
 *
 * @param salt That of the program whose service it is compared with; this one's without it.
 */
export function fingerprintOf(
  thread: Thread,
  command: Command,
  options: StartOptions,
  salt?: string,
): Whole {
  const { name: host, temporary } = thread.host;
  const holds = new Set<ChildProcess>();
  const passing: string[] = [];
  const fingerprint: Record<string, string> = { host: JSON.stringify(host) };
  if (thread.isClone) {
    fingerprint["thread"] = `${identity(thread)}`;
    passing.push("thread: a clone (use a thread of the host)");
  }
  const add = (name: string, value: unknown) => {
    if (value === undefined) return;
    const { text, ...found } = canonical(value, salt);
    fingerprint[name] = text;
    for (const process of found.holds) holds.add(process);
    for (const what of found.passing) passing.push(`${name}: ${what}`);
    if (text.includes(`${temporary}/`)) passing.push(`${name}: a temporary directory (${KEEP})`);
  };
  const { executable, arguments: args, environment } = command.toJSON();
  add("executable", executable);
  add("arguments", args);
  add("command environment", environment);
  add("environment", options.environment && removing(options.environment));
  for (const name of FIELDS) add(name, options[name]);
  return { fingerprint, holds, passing };
}

/** Variables, of which one that is removed is not as one that is left out. */
function removing(environment: Environment): Record<string, unknown> {
  const all = Object.entries(environment);
  return Object.fromEntries(all.map(([name, value]) => [name, value ?? null]));
}

/** The fields in which two differ; a field that one does not know counts as left out. */
export function difference(one: Fingerprint, other: Fingerprint): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]);
}
