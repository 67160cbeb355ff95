/**
 * The gate: everything that must hold before a change is done. Prints a line for each step and what a
 * failed one said, then the tests, and ends with the line `N passed, N failed`, in which a step counts
 * as a test does. All steps run, so that one run shows everything that is wrong.
 */
import { ROOT, sources } from "./sources.ts";

/** A command and its arguments; the command "deno" is the one that runs this. */
type Command = readonly [string, ...string[]];

interface Step {
  readonly name: string;
  readonly commands: readonly Command[];
}

/** Milliseconds; what waits for ever shows as the last test that is named. */
const DEADLINE = 35 * 60 * 1000;

/** Tests that take no part in what others measure: those that build and pack, of agents, over ssh, with a browser. */
const APART = [...sources("tests", "_test.ts")].filter((path) =>
  /^tests\/(agent_\w+|executable|init|metrics|outside|page|publish|remote_library|repl|scripts\w*|ssh|telemetry)_test\.ts$/
    .test(path)
);

/** Arguments of `deno test`: what is in a set runs one after the other, the two sets side by side. */
const TESTED = [
  ["tests", `--ignore=${APART}`],
  ["lib", "components", "scripts", "native", "examples", ...APART],
];

/** It has the types of a browser, and libraries of its own. */
const PAGE = "lib/web/page";
const PAGE_CONFIG = `--config=${PAGE}/deno.json`;

const JOBS = `-j${navigator.hardwareConcurrency}`;

const STEPS: readonly Step[] = [
  {
    name: "generated files",
    commands: [
      ["deno", "run", "-A", "scripts/generate_abi.ts", "--check"],
      ["deno", "run", "-A", "scripts/make_orders.ts", "--check"],
    ],
  },
  { name: "format", commands: [["deno", "fmt", "--check"]] },
  { name: "lint", commands: [["deno", "lint"]] },
  { name: "types", commands: [["deno", "check", ...programs()]] },
  { name: "types of examples", commands: [["deno", "check", "--doc-only", ...documents()]] },
  { name: "docs", commands: [["deno", "run", "-A", "scripts/check_docs.ts"]] },
  { name: "imports", commands: [["deno", "run", "-A", "scripts/check_imports.ts"]] },
  {
    name: "native code",
    commands: [
      ["make", JOBS, "-C", "native"],
      ["make", JOBS, "-C", "components", "all", "java"],
    ],
  },
  {
    name: "web page",
    commands: [
      ["deno", "fmt", "--check", PAGE_CONFIG, PAGE],
      ["deno", "lint", PAGE_CONFIG, PAGE],
      ["deno", "check", PAGE_CONFIG, `${PAGE}/main.tsx`],
      ["deno", "run", "-A", "scripts/make_page.ts"],
    ],
  },
];

function programs(): string[] {
  return [...sources("", ".ts")].filter((path) => !path.startsWith(PAGE));
}

/** What has examples in it. */
function documents(): string[] {
  const code = ["lib", "components", "examples"].flatMap((
    folder,
  ) => [...sources(folder, ".ts")]);
  return [...sources("", ".md"), ...code.filter((path) => !path.endsWith("_test.ts"))];
}

interface Outcome {
  readonly success: boolean;
  readonly output: string;
}

/** Runs a command; what it writes is shown as it comes if it is `live`, and returned. */
async function run([name, ...args]: Command, live = false): Promise<Outcome> {
  const command = name === "deno" ? Deno.execPath() : name;
  const env = { NO_COLOR: "1" };
  const child = new Deno.Command(command, {
    args,
    env,
    cwd: ROOT,
    signal: AbortSignal.timeout(DEADLINE),
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const chunks: string[] = [];
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      chunks.push(text);
      if (live) await Deno.stdout.write(new TextEncoder().encode(text));
    }
  };
  const [{ success }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  return { success, output: chunks.join("") };
}

async function runStep({ commands }: Step): Promise<Outcome> {
  const outputs: string[] = [];
  for (const command of commands) {
    const { success, output } = await run(command);
    outputs.push(`$ ${command.slice(0, 5).join(" ")}\n${output}`);
    if (!success || /\bwarning:/.test(output)) return { success: false, output: outputs.join("") };
  }
  return { success: true, output: outputs.join("") };
}

/** How many tests ended how; steps count where they were left out. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** The counts of the last line of `deno test`, such as "ok | 12 passed (3 steps) | 0 failed (1s)". */
export function counts(output: string): Counts | undefined {
  const line = [...output.matchAll(/^\s*(?:ok|FAILED) \| \d+ passed.* \| \d+ failed.*$/gm)].at(-1)
    ?.[0];
  if (line === undefined) return undefined;
  const count = (what: string) => {
    const [, tests = 0, steps = 0] = line.match(`(\\d+) ${what}(?: \\((\\d+) step)?`) ?? [];
    return { tests: Number(tests), steps: Number(steps) };
  };
  const ignored = count("ignored");
  return {
    passed: count("passed").tests,
    failed: count("failed").tests,
    ignored: ignored.tests + ignored.steps,
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function runTests(set: readonly string[], live: boolean): Promise<Outcome> {
  const isThere = (path: string) => !/^[a-z]+$/.test(path) || hasTests(path);
  return run(["deno", "test", "-A", ...set.filter(isThere)], live);
}

function hasTests(folder: string): boolean {
  return !sources(folder, "_test.ts").next().done;
}

async function main(): Promise<void> {
  let [passed, failed] = [0, 0];
  for (const step of STEPS) {
    const begin = performance.now();
    const { success, output } = await runStep(step);
    console.log(`${success ? "ok    " : "FAILED"} ${step.name} (${seconds(begin)})`);
    if (success) passed++;
    else {
      failed++;
      console.log(output);
    }
  }
  const begin = performance.now();
  // The first set is shown as it comes, the others when it is over.
  const outcomes = await Promise.all(
    TESTED.map((set, index) => runTests(set, index === 0)),
  );
  for (const [index, { success, output }] of outcomes.entries()) {
    if (index > 0) console.log(output);
    const tests = counts(output) ?? { passed: 0, failed: 1, ignored: 0 };
    console.log(
      `${success ? "ok    " : "FAILED"} tests of ${index === 0 ? "systems" : "all else"}`,
    );
    passed += tests.passed;
    failed += Math.max(tests.failed, success ? 0 : 1);
    if (tests.ignored > 0) console.log(`${tests.ignored} tests were left out`);
    if (Deno.env.get("CI") === "true") failed += tests.ignored;
  }
  console.log(`tests took ${seconds(begin)}`);
  console.log(`${passed} passed, ${failed} failed`);
  Deno.exit(failed > 0 ? 1 : 0);
}

if (import.meta.main) await main();
