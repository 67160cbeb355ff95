/** Measuring: contestants take turns, so that whatever else the machine does hurts all alike. */
import type { Samples } from "./row.ts";

/** Runs once and returns one sample. */
export type Contestant = () => Promise<number>;

/** Runs each contestant once, for warming up, and then in turns. */
export async function takeTurns(
  rounds: number,
  contestants: Readonly<Record<string, Contestant>>,
): Promise<Samples> {
  const samples: Record<string, number[]> = {};
  for (const [name, run] of Object.entries(contestants)) {
    await run();
    samples[name] = [];
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) samples[name]!.push(await run());
  }
  return samples;
}

/** Microseconds that one run of `task` takes, over `times` runs, one after another. */
export async function microseconds(times: number, task: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < times; i++) await task();
  return (performance.now() - begin) * 1000 / times;
}

/** The same with `atOnce` at once: the time for all, divided by their number. */
export async function microsecondsAtOnce(
  times: number,
  atOnce: number,
  task: () => Promise<unknown>,
): Promise<number> {
  let left = times;
  const work = async () => {
    while (left-- > 0) await task();
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: atOnce }, work));
  return (performance.now() - begin) * 1000 / times;
}
