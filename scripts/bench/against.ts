/**
 * This build beside another one: the same rows of both in turns, each run in a process of its own, so that
 * what the machine does meanwhile hurts both alike. A ratio above 1 says that this build is slower.
 */
import { ROOT } from "../sources.ts";
import { type Group, percentile, type Row } from "./row.ts";

const TURNS = 5;

/** A row of both builds: the medians over the turns. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** Missing when the other build does not have the row. */
  readonly theirs?: number;
  /** How many times as long this build takes. */
  readonly ratio?: number;
}

/** Measures the rows of a group in both builds, `directory` being the checkout of the other. */
export async function compare(group: Group, directory: string): Promise<Comparison[]> {
  const ours: (readonly Row[])[] = [];
  const theirs: (readonly Row[])[] = [];
  const names = [...new Set(group.rows.map(({ name }) => name))];
  for (let turn = 0; turn < TURNS; turn++) {
    ours.push(await rowsOf(ROOT, names));
    theirs.push(await rowsOf(directory, names));
  }
  return names.flatMap((name) => comparison(name, ours, theirs) ?? []);
}

/** The medians of one row; nothing if this build could not measure it. */
export function comparison(
  name: string,
  ours: readonly (readonly Row[])[],
  theirs: readonly (readonly Row[])[],
): Comparison | undefined {
  const mine = rowsNamed(name, ours);
  const [first] = mine;
  if (first === undefined) return undefined;
  const row = { name, unit: first.unit, ours: median(mine) };
  const others = rowsNamed(name, theirs);
  if (others.length === 0) return row;
  const other = median(others);
  const isRate = /\/s$/.test(first.unit);
  return { ...row, theirs: other, ratio: isRate ? other / row.ours : row.ours / other };
}

function rowsNamed(name: string, turns: readonly (readonly Row[])[]): Row[] {
  return turns.flatMap((rows) => rows.find((row) => row.name === name) ?? []);
}

function median(rows: readonly Row[]): number {
  return percentile(rows.map(({ ours }) => ours.median), 0.5);
}

/** What a build measures; rows that it does not have, or cannot measure, are missing. */
async function rowsOf(cwd: string, names: readonly string[]): Promise<readonly Row[]> {
  const only = names.flatMap((name) => ["--only", name]);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/bench.ts", "--json", "--no-build", ...only],
    cwd,
    stderr: "inherit",
  });
  const text = new TextDecoder().decode((await command.output()).stdout);
  return text === "" ? [] : JSON.parse(text).rows;
}
