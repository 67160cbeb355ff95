/** Why something is not left as it stands. */
import type { Fingerprint } from "../../nursery/mod.ts";
import { difference } from "../../service/fingerprint.ts";
import { HIDDEN, outlined } from "../../service/note.ts";
import { firstDifference } from "../scope/value.ts";
import type { FoundStanding } from "./found.ts";

/** What differs. */
export interface Difference {
  readonly fields: readonly string[];
  readonly reasons: readonly string[];
}

/**
 * What is asked for that is not as it stands.
 *
 * @param gone The paths of what is stopped, by the instances that stood.
 */
export function differenceTo(
  found: FoundStanding,
  asked: Fingerprint,
  gone: ReadonlyMap<bigint, string>,
): Difference {
  const fields = difference(found.fingerprint, asked);
  const follows = following(found, gone);
  const shown = fields.filter((field) => field !== "uses" || follows.length === 0);
  const reasons = shown.map((field) => {
    const isNoted = found.salt !== undefined && asked[field] !== undefined;
    const now = isNoted ? outlined(field, asked[field]!) : asked[field];
    return reasonOf(field, found.fingerprint[field], now);
  });
  return { fields, reasons: [...reasons, ...follows] };
}

/** What was given processes that are stopped follows. */
export function following({ holds }: FoundStanding, gone: ReadonlyMap<bigint, string>): string[] {
  const paths = [...holds ?? []].flatMap((instance) => gone.get(instance) ?? []);
  return [...new Set(paths)].map((path) => `follows ${path}`);
}

function reasonOf(field: string, before: string | undefined, asked: string | undefined): string {
  if (HIDDEN.includes(field)) return `${field}: another`;
  if (before === undefined) return `${field}: was left out`;
  if (asked === undefined) return `${field}: is left out`;
  try {
    return firstDifference(before, asked, field).replace(/^(\S+) was .*"sha256:.*$/, "$1: another");
  } catch {
    return `${field}: another`;
  }
}
