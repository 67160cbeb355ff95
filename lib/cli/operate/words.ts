/** Amounts, as people read them. */

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

/** How long something has been so, from milliseconds: its two largest units. */
export function age(milliseconds: number): string {
  const whole = Math.max(0, milliseconds);
  const at = UNITS.findIndex(([, size]) => whole >= size);
  if (at === -1) return "0 s";
  const [unit, size] = UNITS[at]!;
  const first = `${Math.floor(whole / size)} ${unit}`;
  const next = UNITS[at + 1];
  const rest = next ? Math.floor(whole % size / next[1]) : 0;
  return rest === 0 ? first : `${first} ${rest} ${next![0]}`;
}

/** Processor time, from milliseconds. */
export function seconds(milliseconds: number): string {
  return milliseconds < 100_000 ? `${(milliseconds / 1000).toFixed(1)} s` : age(milliseconds);
}

/** Memory, from bytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
