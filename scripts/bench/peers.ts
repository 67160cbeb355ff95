/** The C programs of `native/bench` that the library is measured against. */
import { abi } from "../../lib/abi/mod.ts";
import { ffi } from "../../lib/hosts/ffi.ts";
import { launch, type Launched } from "../../lib/hosts/launch.ts";
import { nativePath } from "../../tests/support/native.ts";

const CLOCK_MONOTONIC = 1n;

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
  readonly #launched: Launched;
  readonly #room = new Uint8Array(65536);

  private constructor(launched: Launched) {
    this.#launched = launched;
  }

  static async start(): Promise<EchoPeer> {
    return new EchoPeer(await launch(await Deno.readFile(nativePath("bench_echo")), {}, 1024, []));
  }

  /** Sends bytes and waits until as many have come back. */
  async echo(bytes: Uint8Array): Promise<void> {
    const { stream } = this.#launched;
    await stream.write(bytes);
    for (let left = bytes.length; left > 0;) left -= await stream.read(this.#room) ?? left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#launched.stream.close();
    await this.#launched.reap();
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
