/** The C programs of `native/bench` that the library is measured against. */
import { Socket } from "node:net";
import { abi } from "../../lib/abi/mod.ts";
import { asset, assetPath } from "../../lib/assets/mod.ts";
import { checkFfi, ffi } from "../../lib/hosts/ffi.ts";

const CLOCK_MONOTONIC = 1n;

/** The path of a native program for this machine. */
export function nativePath(name: string): string {
  return assetPath(Deno.build.arch, name);
}

/**
 * Runs a program that measures itself.
 *
 * @returns What it prints, a number.
 */
export async function runPeer(name: string, ...args: (string | number)[]): Promise<number> {
  return Number(await output(name, args));
}

/** The same, for a program that prints a JSON object. */
export async function runJsonPeer(
  name: string,
  ...args: (string | number)[]
): Promise<Record<string, number>> {
  return JSON.parse(await output(name, args));
}

async function output(name: string, args: (string | number)[]): Promise<string> {
  const command = new Deno.Command(nativePath(name), {
    args: args.map(String),
    stdin: "null",
    stderr: "inherit",
  });
  const { success, code, stdout } = await command.output();
  if (!success) throw new Error(`${name} ${args.join(" ")} exited with status ${code}`);
  return new TextDecoder().decode(stdout);
}

/** bench_echo, started as an agent is, and talked to over the same kind of socket. */
export class EchoPeer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #pid: number;
  #wake: (() => void) | undefined;
  #expected = 0;

  private constructor(fd: number, pid: number) {
    this.#socket = new Socket({ fd, readable: true, writable: true } as object);
    this.#pid = pid;
    this.#socket.on("data", (bytes: Uint8Array) => {
      this.#expected -= bytes.length;
      if (this.#expected === 0) this.#wake?.();
    });
  }

  static async start(): Promise<EchoPeer> {
    const out = new Int32Array(2);
    const program = await asset(Deno.build.arch, "bench_echo");
    const result = ffi().bw_launch(program, BigInt(program.length), new Uint8Array(0), 0n, out);
    checkFfi(result, "execveat", "start bench_echo");
    return new EchoPeer(out[0]!, out[1]!);
  }

  /** Sends bytes and waits until as many have come back. */
  echo(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#expected = bytes.length;
      this.#socket.write(bytes);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await ffi().bw_wait(this.#pid, new Int32Array(1));
  }
}

/** Milliseconds of CLOCK_MONOTONIC, which programs in C see too. */
export function monotonicNow(): number {
  const time = new BigInt64Array(2);
  const pointer = Deno.UnsafePointer.value(Deno.UnsafePointer.of(time));
  const nr = BigInt(abi(Deno.build.arch).syscalls.clock_gettime);
  ffi().bw_syscall(nr, CLOCK_MONOTONIC, pointer, 0n, 0n, 0n, 0n);
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}
