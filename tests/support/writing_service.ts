/** A service that writes as many numbered lines as it is told, and says when all are written; and who reads them. */
import assert from "node:assert/strict";
import { decodeDropped, FRAME, type Frame } from "../../lib/wire/mod.ts";
import type { RawAgent } from "./raw_agent.ts";

const DEADLINE_SECONDS = "20";
/** Each line: nine digits and a newline. */
export const LINE = 10;
const FIRST = 100_000_000;

export class WritingService implements AsyncDisposable {
  readonly #directory: string;
  #written = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<WritingService> {
    const directory = await Deno.makeTempDir({ prefix: "writing-" });
    await run("mkfifo", [`${directory}/go`, `${directory}/done`]);
    return new WritingService(directory);
  }

  /** The service's command: it ends when it is told to write nothing. */
  get argv(): string[] {
    const loop = 'while read -r from to < go && [ "$to" ]; do seq $from $to; : > done; done';
    return ["/bin/sh", "-c", `cd ${this.#directory} && ${loop}`];
  }

  /** Bytes that it has written in all. */
  get written(): number {
    return this.#written;
  }

  /** Has it write so many lines, and waits until it has. */
  async write(lines: number): Promise<void> {
    const from = FIRST + this.#written / LINE;
    await this.#tell(`${from} ${from + lines - 1}`);
    await run("cat", [`${this.#directory}/done`]);
    this.#written += lines * LINE;
  }

  async finish(): Promise<void> {
    await this.#tell("");
  }

  /** A service that was killed reads nothing: then this fails in time. */
  async #tell(line: string): Promise<void> {
    await run("sh", ["-c", `echo "$1" > "$0/go"`, this.#directory, line]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("timeout", {
    args: [DEADLINE_SECONDS, command, ...args],
  }).output();
  assert.ok(success, `${command} failed or took too long: ${new TextDecoder().decode(stderr)}`);
}

/** Reads a stream of what a `WritingService` wrote, and checks that every byte has its place. */
export class NumberReader {
  readonly #agent: RawAgent;
  readonly #stream: number;
  #seen: number;
  /** Where in the output it is. */
  at: number;
  data = 0;
  dropped = 0;

  /** Of a stream that begins at byte `from`, among what the agent has said and says from its frame `since` on. */
  constructor(agent: RawAgent, stream: number, from: number, since = 0) {
    this.#agent = agent;
    this.#stream = stream;
    this.#seen = since;
    this.at = from;
  }

  /** Until byte `to`, which is then where it is. */
  async read(to: number): Promise<this> {
    while (this.at < to) {
      const last = await this.#agent.next(FRAME.DATA, this.#stream);
      const end = this.#agent.received.indexOf(last, this.#seen) + 1;
      for (const frame of this.#agent.received.slice(this.#seen, end)) {
        if (frame.id === this.#stream) this.#take(frame);
      }
      this.#seen = end;
    }
    assert.equal(this.at, to);
    return this;
  }

  #take({ type, body }: Frame): void {
    if (type === FRAME.DROPPED) {
      this.dropped += Number(decodeDropped(body));
      this.at += Number(decodeDropped(body));
    } else if (type === FRAME.DATA) {
      assert.ok(equal(body, numbered(this.at, body.length)), `other bytes at ${this.at}`);
      this.data += body.length;
      this.at += body.length;
    }
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** The bytes of the lines from an offset on. */
function numbered(from: number, length: number): Uint8Array {
  const first = Math.floor(from / LINE), lines = Math.ceil((from + length) / LINE) - first;
  const text = Array.from({ length: lines }, (_, i) => `${FIRST + first + i}\n`);
  const at = from - first * LINE;
  return new TextEncoder().encode(text.join("")).subarray(at, at + length);
}
