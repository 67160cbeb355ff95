/**
 * Which services a value comes from: by what they are, where they are reached, and where they work. Who is on
 * a host that stops in its turn uses that, too.
 */
import type { Nursery, Turn } from "../nursery/mod.ts";
import type { HostInfo } from "../thread/mod.ts";
import { isService } from "./named.ts";

/** How deep a value is looked into. */
const DEPTH = 4;

/**
 * The turns of the services that values come from. Undefined if one of the values comes from none that is
 * known: then it is not known what is used.
 */
export function turnsOf(
  nursery: Nursery,
  values: readonly unknown[] | undefined,
  host: HostInfo,
): readonly Turn[] | undefined {
  if (values === undefined) return undefined;
  const turns = values.map((value) => [...new Set(keysOf(value, DEPTH))].flatMap(providers));
  if (turns.some((found) => found.length === 0)) return undefined;
  return [...turns.flat(), ...providers(host)];

  function providers(key: unknown): readonly Turn[] {
    return nursery.providers(key);
  }
}

function keysOf(value: unknown, depth: number): unknown[] {
  if (isService(value) || typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  if (!Array.isArray(value) && value.toString !== Object.prototype.toString) return [`${value}`];
  if (depth === 0) return [];
  return Object.values(value).flatMap((inner) => keysOf(inner, depth - 1));
}
