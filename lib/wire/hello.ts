/** The body of a HELLO frame, read with every length checked. */
import { WIRE } from "./constants.ts";
import { OtherVersionError, RemoteProtocolError } from "./errors.ts";

/** What an agent says of its host. */
export interface HostDescription {
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

/** What an agent says first. */
export interface Hello {
  /** NT_GNU_BUILD_ID of its executable, in hexadecimal. */
  readonly build: string;
  /** Of the program in charge; 0 if there was none yet. */
  readonly generation: bigint;
  /** The host's time: nanoseconds of its CLOCK_BOOTTIME. */
  readonly now: bigint;
  readonly host: HostDescription;
}

const CORE_SIZE = 48;
const HOST_SIZE = 44;
const BUILD_AT = 8;
const BUILD_LENGTH = 20;
const ARCHS = [undefined, "x86_64", "aarch64"] as const;

/** @throws {RemoteProtocolError} If this is not the hello of an agent of this protocol version. */
export function decodeHello(body: Uint8Array): Hello {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < CORE_SIZE || view.getUint32(0, true) !== WIRE.MAGIC) {
    throw new RemoteProtocolError("The far side is not a Bailiwick agent");
  }
  const build = hex(body.subarray(BUILD_AT, BUILD_AT + BUILD_LENGTH));
  checkVersions(view.getUint16(4, true), view.getUint16(6, true), build);
  if (CORE_SIZE + view.getUint32(28, true) !== body.length) throw doesNotAddUp();
  return {
    build,
    generation: view.getBigUint64(32, true),
    now: view.getBigUint64(40, true),
    host: decodeHost(body.subarray(CORE_SIZE)),
  };
}

/** The host is described in the layout of the agent's latest version, so that one must be this one. */
function checkVersions(least: number, most: number, build: string): void {
  if (least <= WIRE.VERSION && most === WIRE.VERSION) return;
  throw new OtherVersionError(
    `The agent (build ${build}) speaks versions ${least} to ${most} of the protocol, this program ` +
      `${WIRE.VERSION}: they are of different builds`,
  );
}

function decodeHost(body: Uint8Array): HostDescription {
  if (body.length < HOST_SIZE) throw doesNotAddUp();
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const word = (index: number) => view.getUint32(index * 4, true);
  const arch = ARCHS[view.getUint16(0, true)];
  if (!arch) throw new RemoteProtocolError("The agent is of an unknown architecture");
  const strings = decodeStrings(body, [word(7), word(8), word(9), word(10)]);
  return {
    arch,
    pageSize: word(1),
    pid: word(2),
    uid: word(3),
    gid: word(4),
    threadPid: word(5),
    slots: word(6),
    release: strings[0]!,
    nodename: strings[1]!,
    temporary: strings[2]!,
    environment: decodeEnvironment(strings[3]!),
  };
}

function decodeStrings(body: Uint8Array, lengths: readonly number[]): string[] {
  if (lengths.reduce((sum, length) => sum + length, HOST_SIZE) !== body.length) {
    throw doesNotAddUp();
  }
  let at = HOST_SIZE;
  return lengths.map((length) => new TextDecoder().decode(body.subarray(at, at += length)));
}

function decodeEnvironment(block: string): Record<string, string> {
  const pairs = block.split("\0").filter((pair) => pair.indexOf("=") > 0);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

function doesNotAddUp(): RemoteProtocolError {
  return new RemoteProtocolError("The agent sent a hello whose lengths do not add up");
}

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
