/** What the program and the agent of a host on this machine hold. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Host } from "bailiwick";

/** Counts of things that must not grow. */
export interface Usage {
  readonly programDescriptors: number;
  readonly agentDescriptors: number;
  /** KiB of JavaScript objects and buffers, after collection. */
  readonly programMemory: number;
  /** KiB that are resident. */
  readonly agentMemory: number;
  readonly temporaryFiles: number;
}

// Deno makes a socket pair for signals once, half a second after its start or when it is first needed:
// now, so that it is not taken for something that was left.
const ignore = () => {};
Deno.addSignalListener("SIGUSR2", ignore);
Deno.removeSignalListener("SIGUSR2", ignore);

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** What is held now. */
export async function usage(host: Host): Promise<Usage> {
  const { pid, temporary } = host.info;
  // What weak references were asked for in this turn is kept to its end.
  collect();
  await new Promise((resolve) => setTimeout(resolve));
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return {
    programDescriptors: await count("/proc/self/fd"),
    agentDescriptors: await count(`/proc/${pid}/fd`),
    programMemory: Math.round((heapUsed + external) / 1024),
    agentMemory: await resident(pid),
    temporaryFiles: await count(temporary),
  };
}

async function count(directory: string): Promise<number> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function resident(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]);
}
