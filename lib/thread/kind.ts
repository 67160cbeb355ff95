/** What a value is that has a type that it should not have, in words for an error. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a value of type ${typeof value}`;
  if (Array.isArray(value)) return "a list";
  const name = value.constructor?.name ?? "Object";
  return name === "Object" ? "a plain object" : `an object of class ${name}`;
}
