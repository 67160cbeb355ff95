/**
 * The conversation that turns a POSIX shell at the far end of a byte stream into an agent. No I/O here.
 *
 * Over ssh the script is read by the remote command ({@linkcode READ_SCRIPT}), so script and agents are sent at
 * once and connecting costs no round trip more than running a command. Where the far side is a shell that
 * reads commands from the stream, that shell first becomes {@linkcode READ_SCRIPT} and says so, since it
 * may have read ahead what follows its command: one round trip more.
 *
 * Whatever the far side prints before the token, such as a banner or the output of a login script, is skipped,
 * up to 64 KiB. The far side may be hostile or garbage: any bytes give an event or a
 * {@linkcode ConnectError}, and no more than that is kept.
 */
import type { AssetArch } from "../assets/mod.ts";
import { type Agent, bootstrapScript, concatenate, READ_SCRIPT } from "./bootstrap_script.ts";
import {
  AgentDamagedError,
  type ConnectError,
  NoPlaceToRunError,
  NoShellError,
  UnknownArchitectureError,
} from "./errors.ts";

const MOST_SKIPPED = 64 * 1024;
const LONGEST_LINE = 4096;

/** How the far side gets the script. */
export interface BootstrapOptions {
  /** What errors call the host. */
  host: string;
  /** In order of likelihood. */
  agents: readonly Agent[];
  /** True where the far side is a shell that reads commands from the stream; false if it runs READ_SCRIPT. */
  shellOnInput: boolean;
  /** The agent's arguments, which a shell takes as they are. */
  words?: readonly string[];
  /** What the command has printed on its standard error so far, for errors. */
  stderr?: () => string;
}

/** What to do after some bytes arrived. */
export type BootstrapEvent =
  | { readonly state: "more" }
  | { readonly state: "send"; readonly bytes: Uint8Array }
  /** From here on the stream is the agent's; `rest` is its beginning. */
  | { readonly state: "ready"; readonly arch: AssetArch; readonly rest: Uint8Array };

/** One bootstrap, seen from the program. */
export class Bootstrap {
  readonly #token = crypto.randomUUID().replaceAll("-", "");
  readonly #marker = new RegExp(`${this.#token} (shell|ready|error)([^\n]*)\n`);
  readonly #options: BootstrapOptions;
  readonly #payload: Uint8Array;
  #heard = "";
  #sent: boolean;

  /** What must be written at once. */
  readonly opening: Uint8Array;

  constructor(options: BootstrapOptions) {
    const { agents, shellOnInput, words = [] } = options;
    this.#options = options;
    const script = new TextEncoder().encode(bootstrapScript(agents, this.#token, words));
    this.#payload = joined(script, concatenate(agents));
    this.#sent = !shellOnInput;
    // The token stands apart from the word, so that a far side that echoes is not mistaken for a shell.
    const become = new TextEncoder().encode(`t=${this.#token};echo "$t shell";${READ_SCRIPT}\n`);
    this.opening = shellOnInput ? become : this.#payload;
  }

  /** Bytes of script and agents. */
  get payloadLength(): number {
    return this.#payload.length;
  }

  /** What the far side printed so far that was not understood. */
  get heard(): string {
    return this.#heard;
  }

  /**
   * Takes what arrived, and says what to do.
   *
   * @throws {UnknownArchitectureError} If there is no agent for the far side's machine.
   * @throws {NoPlaceToRunError} If it has no place to run one.
   * @throws {AgentDamagedError} If the agent did not arrive whole.
   * @throws {NoShellError} If it prints 64 KiB of anything else.
   */
  push(bytes: Uint8Array): BootstrapEvent {
    // Latin-1 keeps one character per byte, so that the rest can be cut off where it begins.
    const known = this.#heard.length;
    const text = this.#heard + latin1(bytes.subarray(0, MOST_SKIPPED + LONGEST_LINE));
    const searched = Math.max(0, known - LONGEST_LINE);
    const line = this.#marker.exec(text.slice(searched));
    if (line === null) return this.#waitForMore(text);
    const start = searched + line.index;
    const end = start + line[0].length;
    if (line[1] === "error") throw this.#error(line[2]!.trim());
    if (line[1] === "ready") return this.#ready(line[2]!.trim(), bytes.slice(end - known));
    this.#heard = text.slice(0, start) + text.slice(end);
    if (this.#sent) return { state: "more" };
    this.#sent = true;
    return { state: "send", bytes: this.#payload };
  }

  /** The error for a stream that ended before the agent was there. */
  ended(): ConnectError {
    const problem = this.#heard.trim() === ""
      ? "the far side is not a shell: it ended without a word; check the account's login shell"
      : `the far side is not a shell: it ended after ${excerpt(this.#heard)}`;
    return new NoShellError(this.#options.host, problem, this.#details());
  }

  #waitForMore(text: string): BootstrapEvent {
    if (text.length <= MOST_SKIPPED) {
      this.#heard = text;
      return { state: "more" };
    }
    const problem =
      `the far side does not answer as a shell does: after ${MOST_SKIPPED} bytes there is ` +
      `no answer to the script; they begin with ${excerpt(text)}`;
    throw new NoShellError(this.#options.host, problem, this.#details());
  }

  #ready(arch: string, rest: Uint8Array): BootstrapEvent {
    const agent = this.#options.agents.find((each) => each.arch === arch);
    if (agent === undefined) throw this.#error(`unknown-arch ${arch}`);
    return { state: "ready", arch: agent.arch, rest };
  }

  #error(said: string): ConnectError {
    const { host, agents } = this.#options;
    const [kind, ...words] = said.slice(0, LONGEST_LINE).split(" ");
    const detail = words.join(" ");
    switch (kind) {
      case "unknown-arch": {
        const there = agents.map((agent) => agent.arch).join(" and ");
        const problem = `its machine is ${detail}, and there are agents for ${there} only`;
        return new UnknownArchitectureError(host, problem, this.#details());
      }
      case "no-place": {
        const problem =
          `no place to run the agent: ${detail}; give it a directory that can be written to ` +
          "and is not mounted noexec, by XDG_RUNTIME_DIR or HOME";
        return new NoPlaceToRunError(host, problem, this.#details());
      }
      case "short":
      case "hash": {
        const problem =
          `the agent did not arrive whole (${kind}: ${detail}); see whether the disk is full ` +
          "and whether the command passes bytes unchanged, as a terminal (-t) does not";
        return new AgentDamagedError(host, problem, this.#details());
      }
      default:
        return new NoShellError(host, `the bootstrap says ${excerpt(said)}`, this.#details());
    }
  }

  #details(): { stderr: string } {
    return { stderr: this.#options.stderr?.() ?? "" };
  }
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += LONGEST_LINE) {
    text += String.fromCharCode(...bytes.subarray(i, i + LONGEST_LINE));
  }
  return text;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
