/** Values in words. */

/** A duration of milliseconds, as "12 s" or "2 h 3 min". */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** The time since a moment; whole seconds, as it is drawn once in a second. */
export function age(since: string, now: number): string {
  const ms = now - Date.parse(since);
  return ms < 10_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : duration(ms);
}

/** Bytes, as "1.6 MB". */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [count, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** A share of a processor. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** The time of day, to the millisecond, where the reader is. */
export function clock(time: string | number): string {
  const date = new Date(time);
  const two = (part: number) => `${part}`.padStart(2, "0");
  const ms = `${date.getMilliseconds()}`.padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** The time of day without the rest of the second. */
export function clockSeconds(time: string | number): string {
  return clock(time).slice(0, 8);
}

/** A number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** How bad a state is: 0 is good, 1 is on its way, 2 is out of use, 3 is bad. */
export function badness(state: string): 0 | 1 | 2 | 3 {
  switch (state) {
    case "ready":
    case "running":
    case "standing":
    case "finished":
    case "ended":
    case "connected":
    case "done":
      return 0;
    case "starting":
    case "stopping":
    case "begun":
    case "backing off":
    case "waiting":
      return 1;
    case "stopped":
    case "left":
      return 2;
    default:
      return 3;
  }
}
