/**
 * Conversations that nobody would hold: valid frames in random order, to threads that are being made,
 * blocked, stopped, killed or executing. Whatever comes, every request is answered once, the sanitizers
 * report nothing, and the agent ends clean.
 */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import {
  type BatchEncoder,
  encodeKeep,
  encodeNote,
  encodeOutput,
  encodeRelease,
  encodeWords,
  FRAME,
  type Frame,
  Int32Ref,
  PSEUDO,
  WIRE,
} from "../lib/wire/mod.ts";
import { addExec, agentPath, instanceOf, RawAgent } from "./support/raw_agent.ts";
import { StandingSystem } from "./support/standing_system.ts";

const { getpid, ppoll, pipe2, read, write, exit_group } = abi("x86_64").syscalls;
const NUMBERS = 6;
const SIGCONT = 18;
const SIGNALS = [0, 9, SIGCONT, 19, 15];

/** Numbers below a bound that look random and are the same in every run. */
function dice(seed: number): (bound: number) => number {
  let x = seed * 0x9e3779b9;
  return (bound) => {
    x = Math.imul(x ^ x >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((x ^ x >>> 13) >>> 0) % bound;
  };
}

class Conversation {
  /** Numbers that a clone may not take: their CLONE, or their end, is not answered yet. */
  readonly #used = new Set([1]);
  readonly #streams = new Set<number>();
  requests = 1; // ATTACH
  #seen = 0;

  constructor(
    readonly agent: RawAgent,
    readonly roll: (bound: number) => number,
    readonly stands: boolean,
  ) {}

  /** What was received frees numbers. */
  async #catchUp(): Promise<void> {
    const frames = this.agent.received.slice(this.#seen);
    this.#seen = this.agent.received.length;
    for (const frame of frames) await this.#note(frame);
  }

  async #note({ type, id, seq, body }: Frame): Promise<void> {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    if (type === FRAME.CLONED && view.getBigInt64(0, true) < 0n) this.#used.delete(id);
    if (type === FRAME.END) this.#streams.delete(id);
    if (type !== FRAME.ENDED) return;
    this.#used.delete(id);
    await this.agent.send(encodeWords(FRAME.ACK, 0, seq, []));
  }

  async step(): Promise<void> {
    await this.#catchUp();
    const { agent, roll } = this;
    const number = 1 + roll(NUMBERS);
    switch (roll(this.stands ? 14 : 11)) {
      case 0:
        if (this.#used.has(number)) return;
        this.#used.add(number);
        this.requests++;
        return await agent.sendClone(1 + roll(NUMBERS), number);
      case 1:
        return await this.#signal(number, number > 1 ? SIGNALS[roll(SIGNALS.length)]! : 0);
      case 2:
        return await agent.send(encodeWords(FRAME.INTERRUPT, number, roll(100), []));
      case 3:
        return await agent.send(encodeWords(FRAME.CLOSE, roll(NUMBERS), 0, []));
      case 4:
        return await this.#stop();
      case 5:
        this.requests++;
        return await agent.send(encodeWords(FRAME.LOOK, 0, 1, []));
      case 6:
        return await agent.send(encodeNote(number, new Uint8Array(roll(WIRE.MAX_NOTE))));
      case 11:
        return await this.#keep(number);
      case 12:
        this.requests++;
        return await agent.send(encodeOutput(number, 1, {
          output: roll(2),
          stream: roll(NUMBERS),
          credit: roll(200),
          from: roll(2) ? "now" : BigInt(roll(64)),
        }));
      case 13:
        this.requests++;
        return await agent.send(encodeRelease(1, `${roll(3)}`));
      default:
        return await this.#call(number);
    }
  }

  async #keep(number: number): Promise<void> {
    const output = () => ({ stream: this.roll(NUMBERS), room: 1 + this.roll(64) });
    const outputs = Array.from({ length: this.roll(3) }, output);
    this.requests++;
    await this.agent.send(encodeKeep(number, 1, { instance: instanceOf(number), outputs }));
  }

  async #signal(number: number, signal: number): Promise<void> {
    this.requests++;
    await this.agent.send(encodeWords(FRAME.SIGNAL, number, 1, [signal, this.roll(2)]));
  }

  /** Some of the numbers, those of nobody too. */
  async #stop(): Promise<void> {
    const { agent, roll } = this;
    const entry = () => ({ thread: 2 + roll(NUMBERS), signal: 15, grace: roll(30) });
    this.requests++;
    await agent.sendStop([[entry()], [entry(), entry()]]);
  }

  get answers(): number {
    return this.agent.received.filter(({ type }) => ANSWERS.includes(type)).length;
  }

  /** Waits until no more than `most` requests are unanswered; what was stopped has to go on. */
  async settle(most: number): Promise<void> {
    if (this.requests - this.answers <= most) return;
    for (let number = 1; number <= NUMBERS; number++) {
      for (const group of [0, 1]) {
        this.requests++;
        await this.agent.send(encodeWords(FRAME.SIGNAL, number, 1, [SIGCONT, group]));
      }
    }
    while (this.requests - this.answers > most) await this.agent.more();
  }

  async #call(number: number): Promise<void> {
    const { agent, roll } = this;
    const stream = roll(NUMBERS);
    const kind = roll(number > 1 ? 10 : 6);
    if (kind === 4 && this.#streams.has(stream)) return;
    this.requests++;
    await agent.sendCall(number, (b) => {
      const room = b.room(64);
      if (kind === 0) b.call(ppoll, [0, 0, milliseconds(b, roll(3)), 0, 0], { proceed: true });
      else if (kind === 2) addExec("x86_64", b, ["/nonexistent"]);
      else if (kind === 6) addExec("x86_64", b, ["/bin/true"]);
      else if (kind === 7) b.call(exit_group, [7]);
      else if (kind === 4) {
        this.#streams.add(stream);
        b.call(pipe2, [room, 0o2000000]);
        b.call(write, [new Int32Ref(room.value + 4), room, 64]);
        b.call(PSEUDO.STREAM, [new Int32Ref(room.value), stream, 0, roll(200)]);
      } else if (kind === 1 && this.stands) {
        b.call(PSEUDO.HOLD, [roll(20), b.cstring(`${roll(3)}`), room, roll(64)], { proceed: true });
      } else if (kind === 3 && this.stands) {
        b.call(PSEUDO.TAKE, [b.cstring(`${roll(3)}`)], { proceed: true, opens: "result" });
      } else if (kind === 5) b.call(read, [-1, room, 64], { proceed: true });
      b.output(room, 8);
      b.call(getpid, []);
    });
  }
}

function milliseconds(b: BatchEncoder, count: number) {
  const room = b.room(16);
  b.blobView().setBigUint64(room.value + 8, BigInt(count * 1_000_000), true);
  return room;
}

const ANSWERS: number[] = [FRAME.CLONED, FRAME.REPLY, FRAME.RESULT];

async function converse(conversation: Conversation): Promise<void> {
  for (let i = 0; i < 400; i++) {
    await conversation.step();
    await conversation.settle(30);
  }
  await conversation.settle(0);
  assert.equal(conversation.answers, conversation.requests);
}

for (let seed = 1; seed <= 16; seed++) {
  const build = seed % 2 === 0 ? "sanitize" : "x86_64";
  Deno.test(`agent (${build}) answers all of random conversation ${seed}`, async () => {
    const agent = await RawAgent.start(agentPath(build));
    await converse(new Conversation(agent, dice(seed), false));
    const end = await agent.end();
    assert.deepEqual([end.stderr, end.failed, end.code], ["", undefined, 0]);
  });
}

for (let seed = 17; seed <= 24; seed++) {
  const build = seed % 2 === 0 ? "sanitize" : "x86_64";
  Deno.test(`agent (${build}) that stands answers all of random conversation ${seed}`, async () => {
    await using host = await StandingSystem.make(build);
    const agent = await host.next();
    await converse(new Conversation(agent, dice(seed), true));
    const { stderr, failed } = await agent.end();
    assert.deepEqual([stderr, failed], ["", undefined]);
  });
}
