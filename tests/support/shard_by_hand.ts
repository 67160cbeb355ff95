/** One shard whose orderd is started by hand, any number of times, on one held socket. */
import assert from "node:assert/strict";
import {
  type ChildProcess,
  type Command,
  deploy,
  type FileDescriptor,
  O,
  SIG,
  type SpawnOptions,
  type Thread,
} from "bailiwick";
import { type SystemContext, until } from "bailiwick/testing";
import { Database, orderdPackage } from "../../components/orderd/mod.ts";
import { type Positiond, startPositiond } from "../../components/positiond/mod.ts";
import { assertStored, positionsAfter, storedOrders, totals } from "./books.ts";
import { HeldSocket } from "./held_socket.ts";
import type { Acknowledged } from "./traders.ts";

const LISTEN = 4;
const READY = 3;

/** The socket, the books and the positiond of a shard, without an orderd. */
export class ShardByHand implements AsyncDisposable {
  private constructor(
    readonly thread: Thread,
    readonly socket: HeldSocket,
    readonly positiond: Positiond,
    readonly database: Database,
    readonly command: Command,
  ) {}

  static async make({ nursery, thread, tmpdir }: SystemContext): Promise<ShardByHand> {
    const positiond = await startPositiond(nursery, thread, tmpdir.join("positiond"));
    const database = await Database.make(thread, tmpdir.join("db"));
    const command = (await deploy(thread, orderdPackage)).bin("orderd").args(
      ...["--listen-fd", LISTEN, "--ready-fd", READY],
      ...["--database", database.path, "--positiond", positiond.workdir],
    );
    const socket = await HeldSocket.listen(thread);
    return new ShardByHand(thread, socket, positiond, database, command);
  }

  /** An orderd that serves. */
  async orderd(): Promise<ChildProcess> {
    const orderd = await this.spawn({ ready: READY });
    await orderd.ready;
    return orderd;
  }

  /** An orderd with these flags besides, which may not serve yet. */
  spawn(options: SpawnOptions, ...flags: string[]): Promise<ChildProcess> {
    const fds = { ...options.fds, [LISTEN]: this.socket.fd };
    return this.thread.spawn(this.command.args(...flags), { ...options, fds });
  }

  /** An orderd that is to take over from the one that serves. */
  async successor(): Promise<Successor> {
    const told = await this.thread.open(
      this.database.path.parent.join(`told-${crypto.randomUUID()}`),
      O.RDWR | O.CREAT,
    );
    const orderd = await this.spawn({ fds: { [READY]: told } }, "--handover");
    return new Successor(orderd, told);
  }

  /** Every order that was acknowledged is stored once, and the positions are those of the orders. */
  async compareBooks(acknowledged: readonly Acknowledged[]): Promise<void> {
    const rows = storedOrders(`${this.database.path}`);
    assertStored(acknowledged, rows);
    const ids = rows.map(({ id }) => id);
    assert.deepEqual(ids, ids.map((_, index) => index + 1));
    assert.deepEqual(await positionsAfter(this.positiond, rows.length), totals(rows));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket[Symbol.asyncDispose]();
  }
}

/** An orderd that waits for the end of another. */
export class Successor implements AsyncDisposable {
  constructor(readonly orderd: ChildProcess, readonly told: FileDescriptor) {}

  /** What it has said by now. */
  async said(): Promise<string> {
    return new TextDecoder().decode(await this.told.pread(16, 0));
  }

  /** Waits until it says that it waits, and that it serves. */
  async prepared(): Promise<void> {
    await until("it is prepared", async () => (await this.said()).startsWith("p"));
  }

  async serves(): Promise<void> {
    await until("it serves", async () => await this.said() === "pready\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.told.close();
  }
}

/** Asks a daemon to end, and sees that it does so cleanly. Returns how many milliseconds it took. */
export async function endCleanly(daemon: ChildProcess): Promise<number> {
  const start = performance.now();
  await daemon.kill(SIG.TERM);
  assert.equal(`${await daemon.wait()}`, "exited with status 0");
  return performance.now() - start;
}
