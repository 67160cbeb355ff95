/** Any systems of fake services. */
import fc from "fast-check";
import type { Item, Items } from "./fake_system.ts";

const anyPick = fc.record({ index: fc.nat(7), holds: fc.boolean() });

function anyItem(names: readonly string[]) {
  return {
    name: fc.constantFrom(...names),
    mark: fc.nat(1),
    starting: fc.constantFrom(0, 0, 1, 5),
    stopping: fc.constantFrom(0, 0, 1, 5),
    overlaps: fc.constantFrom(false, false, false, true),
    isBeside: fc.boolean(),
    picks: fc.option(fc.array(anyPick, { maxLength: 2 }), { nil: undefined }),
    exposes: fc.boolean(),
  };
}

/** @param depth How deep scopes may be in scopes. */
export function anyItems(depth: number): fc.Arbitrary<Items> {
  const body = fc.constant(undefined);
  const service: fc.Arbitrary<Item> = fc.record({ ...anyItem(["a", "b", "c", "d", "e"]), body });
  const item = depth === 0 ? service : fc.oneof(
    { weight: 3, arbitrary: service },
    { weight: 2, arbitrary: fc.record({ ...anyItem(["P", "Q"]), body: anyItems(depth - 1) }) },
  );
  return fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 5 });
}
