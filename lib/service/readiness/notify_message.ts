/** Messages of sd_notify(3): lines of NAME=VALUE in one datagram. Any bytes are one; what is unknown is passed over. */
import type { Milliseconds } from "../../clock/mod.ts";

/** What a service has said in one message. */
export interface NotifyMessage {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly status: string | undefined;
  readonly watchdog: "alive" | "trigger" | undefined;
  /** How long it may be silent from now on. */
  readonly watchdogLimit: Milliseconds | undefined;
}

/** Bytes of the longest message that is read whole, as systemd has it. */
export const MOST_MESSAGE = 4096;

/** Reads a message. */
export function parseNotify(bytes: Uint8Array): NotifyMessage {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const values = new Map(lines.flatMap((line) => {
    const at = line.indexOf("=");
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
  }));
  const watchdog = values.get("WATCHDOG");
  return {
    ready: values.get("READY") === "1",
    stopping: values.get("STOPPING") === "1",
    status: values.get("STATUS"),
    watchdog: watchdog === "1" ? "alive" : watchdog === "trigger" ? "trigger" : undefined,
    watchdogLimit: microseconds(values.get("WATCHDOG_USEC")),
  };
}

function microseconds(value: string | undefined): Milliseconds | undefined {
  return value !== undefined && /^[1-9]\d{0,15}$/.test(value) ? Number(value) / 1000 : undefined;
}
