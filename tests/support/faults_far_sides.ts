/** Far sides that are no agent, or a bad one: shell scripts, and what must come of connecting to them. */
import {
  ConnectTimeoutError,
  HostLostError,
  LinkLostError,
  NoShellError,
  OtherVersionError,
  RemoteProtocolError,
} from "bailiwick";
import { buildId } from "../../lib/agent/build.ts";
import { readAgent } from "../../lib/assets/mod.ts";
import { FRAME, WIRE } from "../../lib/wire/mod.ts";
import { frameBytes, hex, int64s, join, words } from "../../lib/wire/test_frames.ts";

/** A far side. */
export interface FarSide {
  /** For sh(1); `$agent` is the path of a file with what `sends` says. */
  readonly script: string;
  readonly sends?: Uint8Array;
  /** What connecting must fail with; or, when it has a hello, what ends the host. */
  readonly error: new (...args: never[]) => Error;
  readonly message: RegExp;
}

/** Plays the bootstrap as an agent's script would, then sends the file. */
const PRETEND = 'read -r s; t=${s#t=}; echo "${t%%;*} ready x86_64"; cat "$agent"';

const STRINGS = ["6.1", "far", "/tmp/far", "PATH=/bin\0"];

interface Change {
  magic?: number;
  version?: number;
  build?: string;
  arch?: number;
  more?: number;
}

const BUILD = buildId(await readAgent("x86_64"))!;

function hello(change: Change = {}) {
  const { magic = WIRE.MAGIC, version = WIRE.VERSION, build = BUILD, arch = 1, more = 0 } = change;
  const text = new TextEncoder().encode(STRINGS.join(""));
  const lengths = STRINGS.map((string) => string.length + more);
  const host = join(words(arch, 4096, 100, 0, 0, 101, 1024, ...lengths), text);
  const core = join(words(magic, version * 0x10001), hex(build), words(host.length), int64s(0, 0));
  return frameBytes(FRAME.HELLO, { body: join(core, host) });
}

const silent = { error: ConnectTimeoutError, message: /there was no agent within 1000 ms/ };
const noShell = { error: NoShellError, message: /the far side/ };
const otherBuild = { script: `${PRETEND}; exec sleep 1000`, error: RemoteProtocolError };

/** Those that never say a proper hello. */
export const NO_AGENTS: Readonly<Record<string, FarSide>> = {
  "garbage": { script: "head -c 200000 /dev/urandom; sleep 1000", ...noShell },
  "a little garbage and its end": { script: "head -c 1000 /dev/urandom", ...noShell },
  "a little garbage and nothing more": { script: "printf garbage; sleep 1000", ...silent },
  "a banner of 1 GiB": { script: "yes | head -c 1G", ...noShell },
  "a banner of 1 GiB in one line": { script: "head -c 1G /dev/zero", ...noShell },
  "a banner without end": { script: "yes; true", ...noShell },
  "errors without end": {
    script: "yes trouble >&2; true",
    ...silent,
    message: /printed: .*trouble/s,
  },
  "nothing at all": { script: "sleep 1000; true", ...silent },
  "nothing, and reads nothing": { script: "exec <&-; sleep 1000; true", ...silent },
  "the end at once": { script: "exit 7", error: NoShellError, message: /ended without a word/ },
  "the end of its output alone": { script: "exec >&-; sleep 1000; true", ...silent },
  "an echo": { script: "cat", ...silent },
  "an agent of another version": {
    ...otherBuild,
    error: OtherVersionError,
    sends: hello({ version: WIRE.VERSION + 1 }),
    message: /: The agent \(build \w+\) speaks versions 3 to 3 of the protocol, this program 2/,
  },
  "an agent of another build": {
    ...otherBuild,
    sends: hello({ build: "0b".repeat(20) }),
    message: new RegExp(`its agent is build (0b){20}, and this program goes with build ${BUILD}`),
  },
  "something else that has frames": {
    ...otherBuild,
    sends: hello({ magic: 7 }),
    message: /not a Bailiwick agent/,
  },
  "an agent of no known machine": {
    ...otherBuild,
    sends: hello({ arch: 9 }),
    message: /unknown architecture/,
  },
  "a hello whose lengths lie": {
    ...otherBuild,
    sends: hello({ more: 1 << 30 }),
    message: /lengths do not add up/,
  },
  "another frame before the hello": {
    ...otherBuild,
    sends: frameBytes(FRAME.RESULT, { seq: 1, body: int64s(0) }),
    message: /did not begin with a hello/,
  },
  "garbage in place of a hello": {
    ...otherBuild,
    sends: new Uint8Array(64).fill(0xee),
    message: /unknown type/,
  },
  "half a hello": {
    script: `${PRETEND}; sleep 1000; true`,
    sends: hello().subarray(0, 40),
    ...silent,
  },
};

const ENDED = join(int64s(0, 0), words(1, 0, 0, 0), int64s(0, 0, 0));
const data = frameBytes(FRAME.DATA, { id: 5, body: new Uint8Array(1 << 20) });
const lost = { script: `${PRETEND}; cat >/dev/null`, error: HostLostError };
const after = (...frames: Uint8Array[]) => join(hello(), ...frames);

/** Those that turn bad after a hello. */
export const BAD_AGENTS: Readonly<Record<string, FarSide>> = {
  "a frame of unknown type": { ...lost, sends: after(frameBytes(99)), message: /unknown type 99/ },
  "a frame longer than any": {
    ...lost,
    sends: after(words(0xffff_ffff, FRAME.DATA, 0, 0)),
    message: /a body of 4294967295 bytes/,
  },
  "an answer to nothing": {
    ...lost,
    sends: after(frameBytes(FRAME.RESULT, { seq: 9, body: int64s(0) })),
    message: /which was not asked/,
  },
  "the end of a thread that is not there": {
    ...lost,
    sends: after(frameBytes(FRAME.ENDED, { id: 7, seq: 1, body: ENDED })),
    message: /thread 7, which is not there/,
  },
  "the end of a stream that is not open": {
    ...lost,
    sends: after(frameBytes(FRAME.END, { id: 3, body: words(0) })),
    message: /stream 3, which is not open/,
  },
  "a second hello": { ...lost, sends: after(hello()), message: /unexpected frame/ },
  "256 MiB for a stream that is not open": {
    script: `${PRETEND}; for i in $(seq 256); do tail -c ${data.length} "$agent"; done`,
    sends: after(data),
    error: LinkLostError,
    message: /the command ended with status 0/,
  },
};
