/**
 * Measures the library beside others and prints one table:
 *
 *     deno run -A scripts/bench.ts [--only WORD]... [--json] [--no-build] [--against DIR]
 *
 * `--only` picks the rows whose name holds the word. `--json` prints one object, `{"rows": […]}`.
 * `--no-build` measures what was built before. `--against` measures another checkout, built already (native/bench too), in
 * turns with this one, and prints how many times as long this one takes. A row that does not reach what it should is no failure;
 * rows that could not be measured are, and the others are still printed.
 */
import { parseArgs } from "node:util";
import { table } from "bailiwick/tools";
import { compare, type Comparison } from "./bench/against.ts";
import { GROUPS } from "./bench/groups.ts";
import { type Group, makeRow, type Row, type RowPlan } from "./bench/row.ts";
import { ROOT } from "./sources.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false },
    against: { type: "string" },
  },
});

async function build(): Promise<void> {
  await run(Deno.execPath(), ["run", "-A", "scripts/setup.ts", "up"]);
  await run("make", ["-s", "-C", "native/bench"]);
}

async function run(command: string, args: string[]): Promise<void> {
  const { code } = await new Deno.Command(command, { args, cwd: ROOT }).spawn().status;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with status ${code}`);
}

function isChosen({ name }: { name: string }): boolean {
  return options.only.length === 0 || options.only.some((word) => name.includes(word));
}

async function measure(plans: readonly RowPlan[], group: Group): Promise<Row[]> {
  const names = [...new Set(plans.map(({ name }) => name))].join("; ");
  console.error(`Measuring: ${names}`);
  try {
    const samples = await group.measure();
    return plans.map((plan) => makeRow(plan, samples));
  } catch (error) {
    console.error(`Cannot measure: ${names}: ${(error as Error).message}`);
    Deno.exitCode = 1;
    return [];
  }
}

async function compareAll(groups: readonly Group[], directory: string): Promise<void> {
  const rows: Comparison[] = [];
  for (const group of groups) rows.push(...await compare(group, directory));
  if (options.json) return console.log(JSON.stringify({ rows }, null, 2));
  const cells = rows.map(({ name, unit, ours, theirs, ratio }) => [
    ...[name, unit, cell(ours), cell(theirs)],
    ratio === undefined ? "-" : ratio.toFixed(3),
  ]);
  console.log(table(["row", "unit", "ours", "theirs", "ratio"], cells));
}

function cell(value: number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function print(rows: readonly Row[]): void {
  const heading = [
    "row",
    "unit",
    "min",
    "median",
    "against",
    "min",
    "median",
    "ratio",
    "reach",
    "",
  ];
  const cells = rows.map(({ name, unit, ours, other, ratio, reach, reached }) => [
    ...[name, unit, cell(ours.min), cell(ours.median)],
    ...[other.name, cell(other.min), cell(other.median)],
    ...[cell(ratio), reach, reached ? "reached" : "not reached"],
  ]);
  console.log(table(heading, cells));
}

const chosen = GROUPS.map((group) => [group.rows.filter(isChosen), group] as const)
  .filter(([plans]) => plans.length > 0);
if (chosen.length === 0) {
  console.error(`No row's name holds ${options.only.join(" or ")}`);
  Deno.exit(2);
}
if (!options["no-build"]) await build();
if (options.against !== undefined) {
  const groups = chosen.map(([rows, { measure }]) => ({ rows, measure }));
  await compareAll(groups, options.against);
} else {
  const rows: Row[] = [];
  for (const [plans, group] of chosen) rows.push(...await measure(plans, group));
  if (options.json) console.log(JSON.stringify({ rows }, null, 2));
  else print(rows);
}
