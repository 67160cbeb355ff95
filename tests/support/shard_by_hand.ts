/** One shard whose daemons are started by hand, any number of times, on held sockets. */
import assert from "node:assert/strict";
import {
  type BuiltinPackage,
  type ChildProcess,
  deploy,
  type FileDescriptor,
  O,
  type Path,
  SIG,
  type SpawnOptions,
  type Thread,
} from "bailiwick";
import { type SystemContext, until } from "bailiwick/testing";
import { gatewaydPackage } from "../../components/gatewayd/mod.ts";
import { Database, orderdPackage } from "../../components/orderd/mod.ts";
import { positiondPackage } from "../../components/positiond/mod.ts";
import { assertStored, positionsAfter, storedOrders, totals } from "./books.ts";
import { HeldSocket } from "./held_socket.ts";
import type { Acknowledged } from "./traders.ts";

const LISTEN = 4;
const READY = 3;

type Argument = string | number | Path;

/** The socket and the books of a shard. Its positiond is started before its orderd. */
export class ShardByHand implements AsyncDisposable {
  readonly #thread: Thread;
  readonly #started: ChildProcess[] = [];

  private constructor(
    thread: Thread,
    readonly socket: HeldSocket,
    readonly workdir: Path,
    readonly database: Database,
  ) {
    this.#thread = thread;
  }

  static async make({ thread, tmpdir }: SystemContext): Promise<ShardByHand> {
    const database = await Database.make(thread, tmpdir.join("db"));
    const socket = await HeldSocket.listen(thread);
    return new ShardByHand(thread, socket, tmpdir.join("positiond"), database);
  }

  /** A positiond that serves. */
  positiond(): Promise<ChildProcess> {
    return this.#ready(positiondPackage, [], { cwd: this.workdir });
  }

  /** An orderd that serves. */
  orderd(): Promise<ChildProcess> {
    return this.#ready(orderdPackage, this.#books(), { fds: { [LISTEN]: this.socket.fd } });
  }

  /** A gatewayd on `front`, before this shard alone, that serves. */
  gatewayd(front: HeldSocket): Promise<ChildProcess> {
    const args = ["--listen-fd", LISTEN, "--shard", `127.0.0.1:${this.socket.port}`];
    return this.#ready(gatewaydPackage, args, { fds: { [LISTEN]: front.fd } });
  }

  /** An orderd that is to take over from the one that serves. */
  async successor(): Promise<Successor> {
    const path = this.database.path.parent.join(`told-${crypto.randomUUID()}`);
    const told = await this.#thread.open(path, O.RDWR | O.CREAT);
    const fds = { [LISTEN]: this.socket.fd, [READY]: told };
    return new Successor(
      await this.#spawn(orderdPackage, [...this.#books(), "--handover"], { fds }),
      told,
    );
  }

  /** Every order that was acknowledged is stored once, and the positions are those of the orders. */
  async compareBooks(acknowledged: readonly Acknowledged[]): Promise<void> {
    const rows = storedOrders(`${this.database.path}`);
    assertStored(acknowledged, rows);
    const ids = rows.map(({ id }) => id);
    assert.deepEqual(ids, ids.map((_, index) => index + 1));
    assert.deepEqual(await positionsAfter(this, rows.length), totals(rows));
  }

  /** Ends what still runs, which ends cleanly. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket[Symbol.asyncDispose]();
    for (const daemon of this.#started.reverse()) if (!daemon.status) await endCleanly(daemon);
  }

  #books(): Argument[] {
    const { path } = this.database;
    return ["--listen-fd", LISTEN, "--database", path, "--positiond", this.workdir];
  }

  async #ready(
    pkg: BuiltinPackage,
    args: readonly Argument[],
    options: SpawnOptions,
  ): Promise<ChildProcess> {
    const daemon = await this.#spawn(pkg, args, { ...options, ready: READY });
    await daemon.ready;
    return daemon;
  }

  async #spawn(
    pkg: BuiltinPackage,
    args: readonly Argument[],
    options: SpawnOptions,
  ): Promise<ChildProcess> {
    const command = (await deploy(this.#thread, pkg)).bin(pkg.name);
    const daemon = await this.#thread.spawn(command.args(...args, "--ready-fd", READY), options);
    this.#started.push(daemon);
    return daemon;
  }
}

/** An orderd that waits for the end of another. */
export class Successor implements AsyncDisposable {
  constructor(readonly orderd: ChildProcess, readonly told: FileDescriptor) {}

  /** What it has said by now. */
  async said(): Promise<string> {
    return new TextDecoder().decode(await this.told.pread(16, 0));
  }

  /** Settles when it waits for the lock, or is about to. */
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
