/** Reading values of a command line. What is no plain decimal, or empty, is a mistake and not a number. */
import { type Milliseconds, seconds } from "../clock/mod.ts";
import type { Address } from "./address.ts";
import type { ValueKinds } from "./options.ts";
import { UsageError } from "./usage_error.ts";

const WHOLE = /^(0|[1-9]\d*)$/;

/** How a value of each kind is read; a flag has none. */
export const PARSERS: {
  readonly [K in Exclude<keyof ValueKinds, "flag">]: (text: string) => ValueKinds[K];
} = {
  text: (text) => text,
  number: parseNumber,
  port: parsePort,
  seconds: parseSeconds,
  path: parsePath,
  hostPath: parsePath,
  address: parseAddress,
};

function parseNumber(text: string): number {
  if (WHOLE.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new UsageError("It is a whole number from 0.");
}

function parsePort(text: string): number {
  if (WHOLE.test(text) && Number(text) < 65536) return Number(text);
  throw new UsageError("A port is a number from 0 to 65535.");
}

function parseSeconds(text: string): Milliseconds {
  if (/^(0|[1-9]\d*)(\.\d+)?$/.test(text)) return seconds(Number(text));
  throw new UsageError("It is a number of seconds from 0.");
}

/** An empty name is a variable of a script that was not set. */
function parsePath(text: string): string {
  if (text !== "") return text;
  throw new UsageError("It is empty.");
}

function parseAddress(text: string): Address {
  const match = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+)):)?(?<port>[^:]*)$/.exec(text);
  if (match === null) {
    throw new UsageError("An address is [HOST:]PORT, as 7000, a:7000 or [::1]:7000.");
  }
  const { v6, name, port } = match.groups as { v6?: string; name?: string; port: string };
  return { hostname: v6 ?? name ?? "127.0.0.1", port: parsePort(port) };
}

/** The longest silence of a host, as `--silence` has it. */
export function parseSilence(text: string): Milliseconds {
  if (WHOLE.test(text) && Number(text) <= 86400) return seconds(Number(text));
  throw new UsageError("It is a number of seconds from 1 to 86400, or 0 for ever.");
}
