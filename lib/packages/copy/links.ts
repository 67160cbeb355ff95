/** Copying symbolic links: what they say, which is never followed. */
import type { CallOptions } from "../../thread/mod.ts";
import { inPlace, type Place } from "./at.ts";
import { type Entry, grouped, pathCost, shownBelow } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { byteName } from "./names.ts";

/** Copies symbolic links, with their times. */
export async function copyLinks(
  from: Place,
  to: Place,
  links: readonly Entry[],
  options: CallOptions,
): Promise<void> {
  const cost = (entry: Entry) => {
    const { bytes, calls } = pathCost(entry.path);
    return { bytes: bytes + 2 * roomFor(entry), calls };
  };
  await Promise.all(grouped(links, cost).map((group) => copyGroup(from, to, group, options)));
}

async function copyGroup(
  from: Place,
  to: Place,
  group: readonly Entry[],
  options: CallOptions,
): Promise<void> {
  const targets = await inPlace(
    from,
    options,
    (at) => group.map((entry) => at.readlink(entry.path, roomFor(entry))),
  );
  await inPlace(to, options, (at) =>
    group.forEach((entry, index) => {
      const target = targets[index]!;
      if (target.length === roomFor(entry)) throw grown(from, entry);
      at.symlink(byteName(target), entry.path);
      at.setTimeOfLink(entry.path, entry.facts.mtime);
    }));
}

/** One byte more than it has, or most have: one that fills it has grown, and may be cut. */
function roomFor({ facts: { size } }: Entry): number {
  return Math.max(size, 255) + 1;
}

function grown({ shown, thread }: Place, { path }: Entry): NotCopyableError {
  return new NotCopyableError(
    `Cannot copy ${
      shownBelow(shown, path)
    } on host ${thread.host.name}: it has changed meanwhile; ` +
      "copy it when nobody changes it",
  );
}
