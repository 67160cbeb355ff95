/** How long a service is away that crashed. */
import {
  Command,
  localHost,
  Nursery,
  onFailure,
  seconds,
  startService,
  supervise,
} from "bailiwick";
import { Fifo } from "./fifo.ts";
import { type Group, ratioAtMost, type Samples } from "./row.ts";

const ROUNDS = 12;
/** Longer than the second that s6-supervise leaves between two starts. */
const HEALTHY = seconds(2);

/** From kill -9 of a service to the first word of the next one. */
export const crash: Group = {
  rows: [{
    name: "crash to ready again of a trivial service that had run for 2 s",
    unit: "ms",
    ours: "scope",
    other: "s6",
    reach: ratioAtMost(1),
  }],
  async measure(): Promise<Samples> {
    const directory = await Deno.makeTempDir();
    try {
      using ours = await Fifo.make(`${directory}/ours`);
      using theirs = await Fifo.make(`${directory}/theirs`);
      const policy = onFailure({ most: Infinity, backoff: { first: 0 } });
      await using host = await localHost();
      return await Nursery.run(async (nursery) => {
        const run = await writeService(`${directory}/ours-run`, ours.path);
        await supervise(nursery, "", async (nursery) => {
          await startService(nursery, host.thread, new Command(run), { name: "ours" });
        }, { policy });
        await using _s6 = await S6.start(`${directory}/s6`, theirs.path);
        const samples = await measure({ "scope": ours, "s6": theirs });
        nursery.cancel();
        return samples;
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
};

/** A program that says its pid. */
async function writeService(path: string, fifo: string): Promise<string> {
  const script = `#!/bin/sh\necho $$ >${fifo}\nexec sleep infinity\n`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

/** s6-svscan with one service. */
class S6 implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(directory: string) {
    this.#child = new Deno.Command("s6-svscan", { args: [directory], stdin: "null" }).spawn();
  }

  static async start(directory: string, fifo: string): Promise<S6> {
    await Deno.mkdir(`${directory}/service`, { recursive: true });
    await writeService(`${directory}/service/run`, fifo);
    return new S6(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

async function measure(fifos: Readonly<Record<string, Fifo>>): Promise<Samples> {
  const pids = new Map<Fifo, number>();
  const samples: Record<string, number[]> = {};
  for (const [name, fifo] of Object.entries(fifos)) {
    pids.set(fifo, Number(await fifo.line()));
    samples[name] = [];
  }
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((healthy) => setTimeout(healthy, HEALTHY));
    for (const [name, fifo] of Object.entries(fifos)) {
      const begin = performance.now();
      Deno.kill(pids.get(fifo)!, "SIGKILL");
      pids.set(fifo, Number(await fifo.line()));
      samples[name]!.push(performance.now() - begin);
    }
  }
  return samples;
}
