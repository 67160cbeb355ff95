/** Rounds of trading that end with kill -9 of the whole program. */
import { expectGone } from "./gone.ts";
import { TradingProgram } from "./programs.ts";
import { hash, Traders } from "./traders.ts";

const CLIENTS = 4;
const MOST_ORDERS = 200;
const DEADLINE = 1000;

/** Starts the program, kills it at a random moment of trading, and sees that nothing is left. */
export async function killProgramRounds(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const mark = crypto.randomUUID();
    await using program = await TradingProgram.start(mark);
    const traders = new Traders(round);
    await traders.start(program.started, CLIENTS);
    await traders.reached(1 + hash(round) % MOST_ORDERS);
    program.kill();
    await expectGone(mark, DEADLINE);
    await traders.stop();
    await expectMissing(program.started.temporary);
  }
}

async function expectMissing(path: string): Promise<void> {
  const found = await Deno.lstat(path).then(() => true, () => false);
  if (found) throw new Error(`${path} is left`);
}
