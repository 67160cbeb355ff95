/** Where two values differ. */

/** The first field, of two values as canonical JSON, that is not equal. */
export function firstDifference(one: string, other: string, name = "value"): string {
  return compare(name, JSON.parse(one), JSON.parse(other)) ?? "nothing that can be named";
}

function compare(path: string, one: unknown, other: unknown): string | undefined {
  if (JSON.stringify(one) === JSON.stringify(other)) return undefined;
  if (!isObject(one) || !isObject(other)) {
    return `${path} was ${shown(one)} and is ${shown(other)}`;
  }
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const field = Array.isArray(one) ? `${path}[${name}]` : `${path}.${name}`;
    const found = compare(field, one[name], other[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
