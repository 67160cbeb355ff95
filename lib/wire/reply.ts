/** What comes back: the body of a REPLY, HELLO or CHILD frame, read with every length checked. */
import { CHILD, REPLY, WIRE } from "./constants.ts";
import type { Output } from "./batch.ts";
import { RemoteProtocolError } from "./errors.ts";
import { int64 } from "./frame.ts";

/** The results of a batch. */
export class Reply {
  readonly #view: DataView;
  readonly #body: Uint8Array;
  readonly #outputs: readonly Output[];
  /** How many calls have a result; the last one is the failure if the batch was cut short. */
  readonly done: number;
  /** One of {@linkcode REPLY}. */
  readonly status: number;

  /**
   * @throws {RemoteProtocolError} If the body is not a reply to a batch of `calls` calls with these
   * outputs.
   */
  constructor(body: Uint8Array, calls: number, outputs: readonly Output[]) {
    if (body.length < 8) throw new RemoteProtocolError("The agent sent a reply without a header");
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#body = body;
    this.#outputs = outputs;
    this.done = this.#view.getUint32(0, true);
    this.status = this.#view.getUint32(4, true);
    if (this.done > calls || this.status > REPLY.NO_THREAD || body.length !== this.#expected()) {
      throw new RemoteProtocolError("The agent sent a reply that does not fit its batch");
    }
  }

  /** The result of a call that was run: a value, or a negative errno. */
  result(index: number): number {
    return int64(this.#view, 8 + index * 8);
  }

  /** The bytes of an output range. */
  output(output: Output): Uint8Array {
    let at = 8 + this.done * 8;
    for (let i = 0; i < output.index; i++) at += this.#length(this.#outputs[i]!);
    return this.#body.subarray(at, at + this.#length(output));
  }

  #expected(): number {
    const outputs = this.status === REPLY.RAN ? this.#outputs : [];
    return outputs.reduce((sum, output) => sum + this.#length(output), 8 + this.done * 8);
  }

  #length({ length, limit }: Output): number {
    if (limit === undefined) return length;
    if (limit >= this.done || 8 + limit * 8 + 8 > this.#body.length) return 0;
    return Math.max(0, Math.min(length, this.result(limit)));
  }
}

/** What an agent says of itself and its host. */
export interface Hello {
  readonly arch: "x86_64" | "aarch64";
  /** Bytes. */
  readonly pageSize: number;
  /** Of the agent, in its own PID namespace. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Of thread 1. */
  readonly threadPid: number;
  /** Threads that can exist before they execute a service. */
  readonly slots: number;
  /** uname(2). */
  readonly release: string;
  readonly nodename: string;
  /** The directory, not made yet, that the agent removes when it ends. */
  readonly temporary: string;
  readonly environment: Readonly<Record<string, string>>;
}

const HELLO_SIZE = 48;
const ARCHS = [undefined, "x86_64", "aarch64"] as const;

/** @throws {RemoteProtocolError} If this is not the hello of an agent of this protocol version. */
export function decodeHello(body: Uint8Array): Hello {
  if (body.length < HELLO_SIZE) throw new RemoteProtocolError("The agent sent a short hello");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const word = (index: number) => view.getUint32(index * 4, true);
  const version = view.getUint16(4, true);
  const arch = ARCHS[view.getUint16(6, true)];
  if (word(0) !== WIRE.MAGIC) {
    throw new RemoteProtocolError("The far side is not a Bailiwick agent");
  }
  if (version !== WIRE.VERSION) {
    throw new RemoteProtocolError(
      `The agent speaks protocol version ${version}, this program ${WIRE.VERSION}: ` +
        "they are of different builds",
    );
  }
  if (!arch) throw new RemoteProtocolError("The agent is of an unknown architecture");
  const strings = decodeStrings(body, [word(8), word(9), word(10), word(11)]);
  return {
    arch,
    pageSize: word(2),
    pid: word(3),
    uid: word(4),
    gid: word(5),
    threadPid: word(6),
    slots: word(7),
    release: strings[0]!,
    nodename: strings[1]!,
    temporary: strings[2]!,
    environment: decodeEnvironment(strings[3]!),
  };
}

function decodeStrings(body: Uint8Array, lengths: number[]): string[] {
  if (lengths.reduce((sum, length) => sum + length, HELLO_SIZE) !== body.length) {
    throw new RemoteProtocolError("The agent sent a hello whose lengths do not add up");
  }
  let at = HELLO_SIZE;
  return lengths.map((length) => new TextDecoder().decode(body.subarray(at, at += length)));
}

function decodeEnvironment(block: string): Record<string, string> {
  const pairs = block.split("\0").filter((pair) => pair.indexOf("=") > 0);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** Something that happened to the process of a thread. */
export interface ChildEvent {
  readonly kind: "exited" | "killed" | "dumped" | "stopped" | "continued";
  /** The exit status, or the signal. */
  readonly status: number;
  /** Microseconds of processor time, zero unless the process ended. */
  readonly userTime: number;
  readonly systemTime: number;
  /** KiB, zero unless the process ended. */
  readonly maxRss: number;
}

const KINDS = {
  [CHILD.EXITED]: "exited",
  [CHILD.KILLED]: "killed",
  [CHILD.DUMPED]: "dumped",
  [CHILD.STOPPED]: "stopped",
  [CHILD.CONTINUED]: "continued",
} as const;

/** @throws {RemoteProtocolError} If the kind of event is unknown. */
export function decodeChildEvent(body: Uint8Array): ChildEvent {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const number = view.getUint32(0, true);
  const kind = (KINDS as Record<number, ChildEvent["kind"]>)[number];
  if (!kind) {
    throw new RemoteProtocolError(`The agent sent a child event of unknown kind ${number}`);
  }
  return {
    kind,
    status: view.getInt32(4, true),
    userTime: int64(view, 8),
    systemTime: int64(view, 16),
    maxRss: int64(view, 24),
  };
}
