/**
 * Measures the library beside others and prints one table:
 *
 *     deno run -A scripts/bench.ts [--only WORD]... [--json] [--no-build]
 *
 * `--only` picks the rows whose name holds the word. `--json` prints one object, `{"rows": […]}`.
 * `--no-build` measures what was built before. A row that does not reach what it should is no failure;
 * rows that could not be measured are, and the others are still printed.
 */
import { parseArgs } from "node:util";
import { table } from "bailiwick/tools";
import { GROUPS } from "./bench/groups.ts";
import { type Group, makeRow, type Row, type RowPlan } from "./bench/row.ts";
import { ROOT } from "./sources.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false },
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

function cell(value: number | null): string {
  if (value === null) return "-";
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
const rows: Row[] = [];
for (const [plans, group] of chosen) rows.push(...await measure(plans, group));
if (options.json) console.log(JSON.stringify({ rows }, null, 2));
else print(rows);
