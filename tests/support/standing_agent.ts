/** An agent that stands for a system of a test's own, and programs that come to it one after the other. */
import { encodeKeep, encodeOutput, FRAME, type KeptOutput } from "../../lib/wire/mod.ts";
import { encodeWords, int64, type OutputRequest } from "../../lib/wire/mod.ts";
import { agentPath, type Build, type Greeted, instanceOf, RawAgent } from "./raw_agent.ts";

const SYSTEM = "books";

export class StandingAgent implements AsyncDisposable {
  readonly #build: string;
  readonly #state: string;
  readonly #programs: RawAgent[] = [];

  private constructor(build: string, state: string) {
    this.#build = build;
    this.#state = state;
  }

  /** Where nothing stands yet. */
  static async empty({ command }: Pick<Build, "command"> = { command: agentPath("x86_64") }) {
    return new StandingAgent(command, await Deno.makeTempDir({ prefix: "standing-" }));
  }

  /** The next program, which cuts the one before off if it is still there. */
  async attach(window = Number.MAX_SAFE_INTEGER): Promise<Greeted> {
    const generation = BigInt(this.#programs.length + 1);
    const args = [`XDG_STATE_HOME=${this.#state}`, this.#build, "standing", SYSTEM];
    const program = await RawAgent.start("/usr/bin/env", args, { generation, window });
    this.#programs.push(program);
    return program;
  }

  /** Ends all that stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    const last = await this.attach();
    await last.send(encodeWords(FRAME.DOWN, 0, 0, []));
    for (const program of this.#programs) await program.end();
    await Deno.remove(this.#state, { recursive: true });
  }
}

let seq = 1 << 20;

/** KEEP of a service that `spawn` made; the result. */
export async function keep(
  agent: RawAgent,
  number: number,
  outputs: readonly KeptOutput[],
  instance: bigint = instanceOf(number),
): Promise<number> {
  return await ask(agent, encodeKeep(number, ++seq, { instance, outputs }));
}

/** OUTPUT; where the stream begins, or the error. */
export async function takeOutput(
  agent: RawAgent,
  number: number,
  { output = 0, stream, credit = 1 << 30, from = 0n }: Partial<OutputRequest> & { stream: number },
): Promise<number> {
  return await ask(agent, encodeOutput(number, ++seq, { output, stream, credit, from }));
}

/** The result of a request. */
export async function ask(agent: RawAgent, request: Uint8Array): Promise<number> {
  await agent.send(request);
  const { body } = await agent.next(FRAME.RESULT);
  return int64(new DataView(body.buffer, body.byteOffset, body.byteLength), 0);
}
