/** The command line of the example system. */
import { Command, InvalidArgumentError } from "commander";
import { localHost, services, SockaddrIn } from "bailiwick";
import { duration, EXIT, runUntilStopped, serviceTable } from "bailiwick/tools";
import { startTrading } from "./components/trading.ts";

interface UpFlags {
  topology: "dev";
  port: number;
  data?: string;
  logDir?: string;
}

async function up(flags: UpFlags): Promise<void> {
  const begin = performance.now();
  const options = flags.logDir === undefined ? {} : { logDirectory: flags.logDir };
  await using host = await localHost(options);
  await using tmpdir = await host.thread.mkdtemp("bailiwick");
  const data = flags.data === undefined ? tmpdir : host.thread.path(absolute(flags.data));
  await runUntilStopped(async (nursery) => {
    const listen = new SockaddrIn("127.0.0.1", flags.port);
    const orderd = await startTrading(nursery, host.thread, { listen, data });
    if (!("port" in orderd.address)) throw new TypeError("orderd listens on TCP");
    console.log(serviceTable(services(nursery)));
    console.log(`\nAll ready in ${duration(performance.now() - begin)}. Trade by hand:`);
    console.log(`  echo "BUY ACME 100 10.50" | nc -q 1 127.0.0.1 ${orderd.address.port}`);
    console.log("Ctrl-C stops everything, in order.");
  }, console.error);
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

const program = new Command("bailiwick")
  .description("Runs an order entry system: every process, on every host, from this one program")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

program.command("up")
  .description("start the system, and run it until Ctrl-C")
  .option("--topology <name>", "where services run: dev puts all on this machine", "dev")
  .option("--port <port>", "take orders here; 0 chooses a free port", parsePort, 0)
  .option("--data <dir>", "keep orders and positions here from run to run; else they are temporary")
  .option("--log-dir <dir>", "keep the services' logs here, one rotated file each")
  .action(up);

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  Deno.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  if (error instanceof Error && "exitCode" in error && "code" in error) {
    return error.exitCode === 0 ? 0 : EXIT.USAGE;
  }
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return EXIT.FAILED;
}
