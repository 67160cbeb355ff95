/**
 * The program's own process as a thread: its calls run in it, through FFI, at about the cost of an FFI
 * call. A call that blocks here blocks the whole program, so it is for quick ones. It never forks,
 * executes or changes its namespaces: those happen under an agent.
 */
import { abi, type Arch } from "../abi/mod.ts";
import { LARGEST_PIECE } from "../agent/mod.ts";
import { Model } from "../model/mod.ts";
import { type HostInfo, type Streams, SyscallThread } from "../thread/mod.ts";
import { type BatchEncoder, Reply } from "../wire/mod.ts";
import { ffi } from "./ffi.ts";

const NO_STREAMS: Streams = {
  openReader: noStreams,
  openWriter: noStreams,
  abandon() {},
};

function noStreams(): never {
  throw new TypeError("The program's own thread has no streams: use Deno's");
}

/** Runs system calls in the program's process. */
export class ProgramThread extends SyscallThread {
  override get isUsable(): boolean {
    return true;
  }

  protected override get streams(): Streams {
    return NO_STREAMS;
  }

  override toString(): string {
    return "the program's thread";
  }

  protected override send(batch: BatchEncoder): Promise<Reply> {
    const { calls, outputs } = batch;
    const body = batch.finishInMemory();
    const length = ffi().bw_batch(body, body.length);
    const reply = new Reply(body.subarray(0, length), calls, outputs);
    const refusal = reply.refusal(this.host.name);
    return refusal ? Promise.reject(refusal) : Promise.resolve(reply);
  }
}

function programInfo(): HostInfo {
  const arch: Arch = Deno.build.arch;
  return {
    name: "program",
    arch,
    abi: abi(arch),
    pageSize: 4096,
    pid: Deno.pid,
    uid: Deno.uid() ?? 0,
    gid: Deno.gid() ?? 0,
    threadPid: Deno.pid,
    slots: 0,
    release: Deno.osRelease(),
    nodename: Deno.hostname(),
    temporary: Deno.env.get("TMPDIR") ?? "/tmp",
    environment: Deno.env.toObject(),
    serviceEnvironment: {},
    logDirectory: undefined,
    model: new Model(),
    local: true,
    lost: false,
    piece: LARGEST_PIECE,
  };
}

let only: ProgramThread | undefined;

/** The program's process as a thread. */
export function programThread(): ProgramThread {
  return only ??= new ProgramThread(programInfo());
}
