/**
 * An agent that stands for a system of a test's own, driven frame by frame by programs that come one
 * after the other.
 */
import assert from "node:assert/strict";
import {
  decodeHello,
  decodeStands,
  encodeAttach,
  encodeKeep,
  encodeOutput,
  encodeWords,
  FRAME,
  type Hello,
  type KeptOutput,
  type OutputRequest,
  type Standing,
} from "../../lib/wire/mod.ts";
import { agentPath, instanceOf, RawAgent } from "./raw_agent.ts";

const MODE_AT = 16 + 6;
/** The generation of who ends a system. */
export const HIGHEST: bigint = 1n << 62n;

/** How a program comes to it. */
export interface Coming {
  readonly generation: bigint;
  readonly program?: number;
  readonly mode?: "if-vacant" | "take-over" | "look";
}

/** A stream whose HELLO has come. */
export type Visitor = RawAgent & { readonly hello: Hello };

/** A program that has asked to attach. */
export interface Attached {
  readonly agent: Visitor;
  readonly result: number;
  /** What it was told to stand, but for thread 1. */
  readonly roll: readonly Standing[];
  /** Milliseconds until the answer. */
  readonly took: number;
}

/** A system for which agents stand; at its end nothing of it is left. */
export class StandingSystem implements AsyncDisposable {
  readonly #streams: RawAgent[] = [];
  #generation = 0n;

  private constructor(
    readonly state: string,
    readonly build: Parameters<typeof agentPath>[0],
    readonly name = "demo",
  ) {}

  static async make(build: Parameters<typeof agentPath>[0] = "x86_64"): Promise<StandingSystem> {
    return new StandingSystem(await Deno.makeTempDir({ prefix: "bailiwick-standing-" }), build);
  }

  /** The system's directory. */
  get directory(): string {
    return `${this.state}/bailiwick/standing/${Deno.hostname()}/${this.name}`;
  }

  /**
   * Starts an agent, without waiting for what it says.
   *
   * @param image As which the one that stands is to go on first.
   */
  send(image?: string): RawAgent {
    const words = ["standing", this.name, ...(image === undefined ? [] : ["upgrade", image])];
    const environment = { XDG_STATE_HOME: this.state };
    const agent = new RawAgent(agentPath(this.build), words, environment, this.state);
    this.#streams.push(agent);
    return agent;
  }

  /** A stream to the one that stands, after that has gone on as this image. */
  async visit(image?: string): Promise<Visitor> {
    return await greeted(this.send(image));
  }

  /** A program that asks to attach over a new stream, and what it is answered. */
  async come(coming: Coming): Promise<Attached> {
    return await attach(await this.visit(), coming);
  }

  /** As `come`, when it must be let in. */
  async attach(coming: Coming): Promise<Attached> {
    const attached = await this.come(coming);
    assert.equal(attached.result, 0);
    return attached;
  }

  /** The next program, which cuts the one before off if it is still there. */
  async next(): Promise<Visitor> {
    return (await this.attach({ generation: ++this.#generation })).agent;
  }

  /** The next program, which has the agent go on as an image first; and what stood then. */
  async upgrade(image: string): Promise<Attached> {
    const attached = await attach(await this.visit(image), { generation: ++this.#generation });
    assert.equal(attached.result, 0);
    return attached;
  }

  /** Ends all that stands. */
  async down(): Promise<void> {
    const { agent } = await this.attach({ generation: HIGHEST });
    await agent.send(encodeWords(FRAME.DOWN, 0, 0, []));
    await agent.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isThere = await Deno.lstat(`${this.directory}/agent`).then(() => true, () => false);
    if (isThere) await this.down();
    await Promise.all(this.#streams.map((agent) => agent.end()));
    await Deno.remove(this.state, { recursive: true });
  }
}

/** An agent that was sent, when its HELLO has come. */
export async function greeted(agent: RawAgent): Promise<Visitor> {
  const { body } = await agent.next(FRAME.HELLO);
  return Object.assign(agent, { hello: decodeHello(body) });
}

const MODES = { "if-vacant": 1, "take-over": 2, look: 3 } as const;

/** Asks to attach. */
export async function attach(
  agent: Visitor,
  { generation, program = 0, mode = "take-over" }: Coming,
): Promise<Attached> {
  const frame = encodeAttach(1, {
    generation,
    program: new Uint8Array(16).fill(program),
    window: Number.MAX_SAFE_INTEGER,
    report: 0,
  });
  frame[MODE_AT] = MODES[mode];
  const start = performance.now();
  const before = agent.received.length;
  await agent.send(frame);
  const result = await agent.result();
  const roll = agent.received.slice(before).filter(({ type }) => type === FRAME.STANDS)
    .map(({ id, body }) => decodeStands(id, body)).filter(({ thread }) => thread !== 1);
  return { agent, result, roll, took: performance.now() - start };
}

/** Has a service of a number kept; what the agent answered. */
export async function keep(
  agent: RawAgent,
  number: number,
  outputs: readonly KeptOutput[] = [],
  instance: bigint = instanceOf(number),
): Promise<number> {
  return await ask(agent, encodeKeep(number, 7, { instance, outputs }));
}

/** Asks for an output as a stream; where in the output that begins, or the error. */
export async function takeOutput(
  agent: RawAgent,
  number: number,
  { output = 0, stream, from = 0n }: Partial<OutputRequest> & { stream: number },
): Promise<number> {
  return await ask(agent, encodeOutput(number, 8, { output, stream, from, credit: 1 << 30 }));
}

/** The result of a request. */
export async function ask(agent: RawAgent, request: Uint8Array): Promise<number> {
  await agent.send(request);
  return await agent.result();
}
