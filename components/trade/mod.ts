/** The command `trade`: sends the orders of a file to the running example, and prints each answer. */
import { type Address, defineCommand, type UserCommand } from "bailiwick/cli";
import { bar, Terminal } from "bailiwick/tools";
import { OrderClient } from "../orderd/mod.ts";
import { readOrders } from "./orders.ts";
import { send } from "./send.ts";

const NOTES =
  `A file has lines as "BUY ACME 100 10.50", or is CSV as spreadsheets write it: with a heading
that names the columns side, symbol, quantity and price, in any order and among others.`;

/** `trade [FILE] --to ADDRESS`. */
export const trade: UserCommand = defineCommand({
  about: "send the orders of a file, or of standard input, and print each answer",
  arguments: { file: { kind: "path", about: "the file; - or none: standard input" } },
  options: {
    to: {
      kind: "address",
      value: "[host:]port",
      about: "where the system takes orders",
      required: true,
    },
  },
  notes: NOTES,
  examples: [
    "bailiwick trade examples/orders.csv --to 7000",
    'echo "BUY ACME 100 10.50" | bailiwick trade --to 10.0.0.7:7000',
  ],
  run: ({ file, to }) => tradeFile(file, to),
});

async function tradeFile(file: string | undefined, to: Address): Promise<void> {
  const terminal = new Terminal();
  const isInput = file === undefined || file === "-";
  const text = isInput
    ? await new Response(Deno.stdin.readable).text()
    : await Deno.readTextFile(file);
  const orders = readOrders(text, isInput ? "standard input" : file);
  await using client = new OrderClient(await connect(to));
  const begin = performance.now();
  let done = 0;
  for await (const { order, answer } of send(client, orders)) {
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
