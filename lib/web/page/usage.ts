/** What services use, as it was sampled while the page is there. */
import { signal } from "@preact/signals";
import type { UsageView } from "../../operate/api.ts";
import { read } from "./api.ts";

/** Milliseconds. */
const PERIOD = 2000;
/** Samples that are kept of a service: 20 minutes. */
const MOST = 600;

/** At a moment. */
export interface Sample {
  /** Seconds since 1970. */
  readonly time: number;
  /** Of one processor, 1 is all of it. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
}

/** The samples of each service, by name; the arrays grow, and are told of as another map. */
export const samples = signal<ReadonlyMap<string, readonly Sample[]>>(new Map());

let before: { time: number; usage: Readonly<Record<string, UsageView>> } | undefined;

/** Samples as long as the page is there and seen. */
export function sampleUsage(): void {
  let busy = false;
  const sample = async () => {
    if (busy || document.hidden) return;
    busy = true;
    await take().catch(() => before = undefined);
    busy = false;
  };
  void sample();
  setInterval(sample, PERIOD);
}

async function take(): Promise<void> {
  const usage = await read<Readonly<Record<string, UsageView>>>("usage");
  const time = Date.now();
  const all = new Map(samples.peek());
  for (const [name, { cpu, memory }] of Object.entries(usage)) {
    const last = before?.usage[name];
    const share = last && cpu >= last.cpu ? (cpu - last.cpu) / (time - before!.time) : 0;
    all.set(
      name,
      [...(all.get(name) ?? []), { time: time / 1000, cpu: share, memory }].slice(-MOST),
    );
  }
  before = { time, usage };
  samples.value = all;
}
