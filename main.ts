/** The command line of the example system. */
import { Command, InvalidArgumentError, Option } from "commander";
import { type HostOptions, type Milliseconds, Model, seconds, type Sockaddr } from "bailiwick";
import {
  bar,
  type Completable,
  completionScript,
  duration,
  EXIT,
  Progress,
  Runners,
  runUntilStopped,
  serviceLines,
  serviceTable,
  SHELLS,
  showFailure,
  table,
  Terminal,
} from "bailiwick/tools";
import { checkHosts } from "./components/check.ts";
import { OrderClient } from "./components/orderd/mod.ts";
import { Topology, TopologyError, type TopologyFlags } from "./components/topology.ts";
import { parseOrders, trade } from "./components/trade.ts";
import { startTrading } from "./components/trading.ts";
import project from "./deno.json" with { type: "json" };

const terminal = new Terminal();
const output = new Terminal(Deno.stdout);

async function up(flags: TopologyFlags & { logDir?: string; json?: boolean }): Promise<void> {
  const begin = performance.now();
  const runners = new Runners();
  const model = new Model();
  const options: HostOptions = {
    model,
    ...(flags.logDir !== undefined && { logDirectory: flags.logDir }),
  };
  using progress = new Progress(terminal, model);
  await using topology = await Topology.connect(absoluteData(flags), options);
  try {
    await runUntilStopped(async (nursery) => {
      // Who ends npx or the task means the program.
      runners.watch(nursery.signal, () => Deno.kill(Deno.pid, "SIGTERM"));
      const { gatewayd: { address } } = await startTrading(nursery, await topology.places());
      const took = duration(performance.now() - begin);
      const { services } = model;
      if (flags.json) {
        return output.say(
          JSON.stringify({ address: `${address}`, services: serviceLines(services) }),
        );
      }
      output.say(`\n${serviceTable(services)}\n\n${progress.summary()}`);
      output.say(`\nAll ready in ${took}. Send an order by hand:`);
      output.say(`  echo "BUY ACME 100 10.50" | nc -q 1 ${wordsOf(address)}`);
      output.say("Ctrl-C stops everything, in order.");
    }, (line) => terminal.say(line));
  } catch (error) {
    showFailure(terminal, error, model.services);
    Deno.exitCode = EXIT.FAILED;
  }
}

/** An address as the two words that programs such as nc take. */
function wordsOf(address: Sockaddr): string {
  return "port" in address ? `${address.address} ${address.port}` : `${address}`;
}

/** What a path means on this machine is decided here; on other hosts it must be absolute already. */
function absoluteData<T extends TopologyFlags>(flags: T): T {
  const { data, topology } = flags;
  if (data === undefined || data.startsWith("/")) return flags;
  if (topology === "prod") throw new TopologyError("--data must be absolute in --topology prod");
  return { ...flags, data: `${Deno.cwd()}/${data}` };
}

/** Where orders are taken. */
interface Address {
  readonly hostname: string;
  readonly port: number;
}

async function tradeFile(
  file: string | undefined,
  flags: { to: Address },
): Promise<void> {
  const text = file === undefined || file === "-"
    ? await new Response(Deno.stdin.readable).text()
    : await Deno.readTextFile(file);
  const orders = parseOrders(text);
  await using client = new OrderClient(await connect(flags.to));
  const begin = performance.now();
  let done = 0;
  for await (const { order, answer } of trade(client, orders)) {
    const shown = answer.startsWith("ACCEPT") ? terminal.good(answer) : answer;
    await print(Deno.stdout.isTerminal() ? `${order}  ${shown}` : answer);
    done++;
    const rate = done * 1000 / (performance.now() - begin);
    terminal.draw(`${bar(done, orders.length)} ${done}/${orders.length} ${rate.toFixed(0)}/s`);
  }
  const rate = done * 1000 / Math.max(1, performance.now() - begin);
  if (terminal.isTerminal) terminal.say(`${done} orders, ${rate.toFixed(0)}/s`);
}

async function connect({ hostname, port }: Address): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname, port });
  } catch (error) {
    const to = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    throw new Error(`Cannot connect to ${to}: ${(error as Error).message}`, { cause: error });
  }
}

/** Unlike console.log, fails when nobody reads: then no more orders are sent. */
async function print(line: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

async function check(flags: TopologyFlags & { json?: boolean }): Promise<void> {
  const checks = await checkHosts(flags);
  if (checks.some(({ missing }) => missing.length > 0)) Deno.exitCode = EXIT.FAILED;
  if (flags.json) return console.log(JSON.stringify({ hosts: checks }));
  const rows = checks.map((check) => [
    check.host,
    check.reachable ? "yes" : "no",
    check.latency === undefined ? "-" : duration(check.latency),
    check.architecture ?? "-",
    check.kernel ?? "-",
    check.free === undefined ? "-" : `${(check.free / 2 ** 30).toFixed(1)} GiB`,
    check.missing.join("; ") || "nothing",
  ]);
  const heading = ["HOST", "REACHABLE", "LATENCY", "ARCHITECTURE", "KERNEL", "FREE", "MISSING"];
  console.log(table(heading, rows));
}

function version({ json }: { json?: boolean }): void {
  const versions = { bailiwick: project.version, deno: Deno.version.deno, v8: Deno.version.v8 };
  if (json) return console.log(JSON.stringify(versions));
  console.log(table(["PART", "VERSION"], Object.entries(versions)));
}

function parsePort(text: string): number {
  if (/^(0|[1-9]\d*)$/.test(text) && Number(text) < 65536) return Number(text);
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function parseAddress(text: string): Address {
  const match = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+)):)?(?<port>[^:]*)$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError("An address is [HOST:]PORT, as 7000, a:7000 or [::1]:7000.");
  }
  const { v6, name, port } = match.groups as { v6?: string; name?: string; port: string };
  return { hostname: v6 ?? name ?? "127.0.0.1", port: parsePort(port) };
}

/** Seconds as text, as milliseconds. */
function parseSilence(text: string): Milliseconds {
  if (/^(0|[1-9]\d*)$/.test(text) && Number(text) <= 86400) return seconds(Number(text));
  throw new InvalidArgumentError("It is a number of seconds from 1 to 86400, or 0 for ever.");
}

/** A name of a file or directory: an empty one is a variable of a script that was not set. */
function parsePath(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("It is empty.");
}

const program = new Command("bailiwick")
  .description("Runs an order entry system: every process, on every host, from this one program")
  .exitOverride()
  .showHelpAfterError("(see --help)");

function withTopology(command: Command): Command {
  return command
    .addOption(
      new Option("--topology <name>", "dev: all on this machine; prod: on the hosts that are named")
        .choices(["dev", "prod"]).default("dev"),
    )
    .option(
      "--host <role=host>",
      "front=[USER@]HOST, or shard=[USER@]HOST, once for each shard",
      (host: string, hosts: string[]) => [...hosts, host],
      [] as string[],
    )
    .option("--ssh-config <file>", "ssh reads this in place of ~/.ssh/config", parsePath);
}

withTopology(program.command("up").description("start the system, and run it until Ctrl-C"))
  .option("--port <port>", "take orders here; 0 chooses a free port", parsePort, 0)
  .option(
    "--data <dir>",
    "keep orders and positions here on each host; else they are temporary",
    parsePath,
  )
  .option("--log-dir <dir>", "keep the services' logs here, one rotated file each", parsePath)
  .option(
    "--silence <seconds>",
    "prod: a host that is silent for so long is lost, and ends all there; 0: never",
    parseSilence,
  )
  .option("--json", "print the services as one line of JSON")
  .addHelpText(
    "after",
    `
Examples:
  bailiwick up --port 7000 --data ./books
  bailiwick up --topology prod --host front=me@a --host shard=me@b --host shard=me@c`,
  )
  .action(up);

program.command("trade [file]")
  .description("send the orders of a file, or of standard input, and print each answer")
  .requiredOption("--to <[host:]port>", "where the system takes orders", parseAddress)
  .addHelpText(
    "after",
    `
A file has lines as "BUY ACME 100 10.50", or CSV with the heading side,symbol,quantity,price.

Examples:
  bailiwick trade examples/orders.csv --to 7000
  echo "BUY ACME 100 10.50" | bailiwick trade --to 10.0.0.7:7000`,
  )
  .action(tradeFile);

const hosts = program.command("hosts").description("look at the hosts of a topology");
withTopology(hosts.command("check").description("connect to every host, and say what is missing"))
  .option("--json", "print JSON")
  .addHelpText(
    "after",
    `
Example:
  bailiwick hosts check --topology prod --host front=me@a --host shard=me@b`,
  )
  .action(check);

program.command("version").description("print the versions of the program's parts")
  .option("--json", "print JSON")
  .addHelpText("after", "\nExample:\n  bailiwick version --json")
  .action(version);

program.command("completions")
  .description("print a script that completes the words of this command line")
  .addArgument(program.createArgument("<shell>", "your shell").choices(SHELLS))
  .addHelpText("after", "\nExample:\n  source <(bailiwick completions bash)")
  .action((shell: typeof SHELLS[number]) => {
    console.log(completionScript(shell, completable(program)));
  });

function completable(command: Command): Completable {
  return {
    name: command.name(),
    options: command.options.map(({ long }) => long ?? "").filter((long) => long !== ""),
    commands: command.commands.map(completable),
  };
}

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  Deno.exitCode = failed(error);
}

function failed(error: unknown): number {
  if (error instanceof Error && "exitCode" in error && "code" in error) {
    return error.exitCode === 0 ? EXIT.STOPPED : EXIT.USAGE;
  }
  if (error instanceof TopologyError) {
    console.error(`error: ${error.message}`);
    return EXIT.USAGE;
  }
  showFailure(terminal, error, []);
  return EXIT.FAILED;
}
