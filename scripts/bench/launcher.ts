/** What the launcher of the single executable adds to the start of the program. */
import { compile } from "../../lib/compile/mod.ts";
import { takeTurns } from "./measure.ts";
import type { Group, Samples } from "./row.ts";

const LIMIT = 10;

/** Starting the executable, beside deno on the bundle that it unpacked. */
export const launcher: Group = {
  rows: [{
    name: "start of the executable",
    unit: "ms",
    ours: "executable",
    other: "deno run on its bundle",
    reach: {
      text: `≤ + ${LIMIT} ms`,
      isReached: (ours, ratio) => ours - ours / ratio <= LIMIT,
    },
  }],
  async measure(): Promise<Samples> {
    const directory = await Deno.makeTempDir();
    try {
      const executable = `${directory}/bailiwick`;
      await compile("main.ts", { output: executable });
      const env = { XDG_CACHE_HOME: `${directory}/cache` };
      await run(executable, ["version"], env);
      const bundle = await findBundle(`${directory}/cache/bailiwick`);
      const deno = ["run", "-A", "--no-check", "--cached-only", "--no-config", bundle, "version"];
      return await takeTurns(15, {
        "executable": () => timed(executable, ["version"], env),
        "deno run on its bundle": () => timed(Deno.execPath(), deno, env),
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
};

async function findBundle(cache: string): Promise<string> {
  for await (const { name, isDirectory } of Deno.readDir(cache)) {
    const path = `${cache}/${name}/program.js`;
    if (isDirectory && await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`There is no program.js below ${cache}`);
}

async function timed(
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<number> {
  const begin = performance.now();
  await run(program, args, env);
  return performance.now() - begin;
}

async function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, env }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}
