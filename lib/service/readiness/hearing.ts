/** All that hearing a service takes: a thread that waits, a socket, and what the service is told of them. */
import type { Clock } from "../../clock/mod.ts";
import {
  type HostInfo,
  type SpawnOptions,
  type TemporaryDirectory,
  type Thread,
  User,
} from "../../thread/mod.ts";
import { redactionOf } from "../../thread/redaction.ts";
import { Notify } from "./notify.ts";
import { NotifySocket } from "./notify_socket.ts";
import { closeInherited } from "./own_thread.ts";
import type { SdNotify } from "./readiness.ts";

/** Hears one service. */
export class Hearing implements AsyncDisposable {
  readonly notify: Notify;
  /** How the service is spawned for it. */
  readonly spawn: Pick<SpawnOptions, "user" | "environment">;
  readonly #host: HostInfo;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    notify: Notify,
    spawn: Hearing["spawn"],
    host: HostInfo,
    owned: AsyncDisposableStack,
  ) {
    this.notify = notify;
    this.spawn = spawn;
    this.#host = host;
    this.#owned = owned;
  }

  /** Makes the socket, which only the service's user can reach. */
  static async open(
    thread: Thread,
    ready: SdNotify,
    clock: Clock,
    spawn: Omit<SpawnOptions, "ready">,
  ): Promise<Hearing> {
    const { watchdog } = ready;
    const user = await userOf(thread, spawn.user);
    await using owned = new AsyncDisposableStack();
    const [clone, directory] = await both(thread.clone(), makeDirectory(thread, user), owned);
    const socket = await NotifySocket.bind(clone, directory, user);
    const environment = {
      ...spawn.environment,
      NOTIFY_SOCKET: socket.path,
      ...(watchdog !== undefined && { WATCHDOG_USEC: Math.round(watchdog * 1000) }),
    };
    // It is not waited for: until then nothing that the service is for has begun.
    const closed = closeInherited(clone);
    closed.catch(() => {});
    const notify = new Notify(socket, closed, clock, ready, redactionOf(spawn.secrets));
    return new Hearing(notify, { environment, ...(user && { user }) }, thread.host, owned.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#owned.disposeAsync();
    } catch (error) {
      // A host that is lost has nothing left.
      if (!this.#host.lost) throw error;
    }
  }
}

async function userOf(thread: Thread, user: SpawnOptions["user"]): Promise<User | undefined> {
  return user === undefined || user instanceof User ? user : await thread.user(user);
}

function makeDirectory(thread: Thread, owner: User | undefined): Promise<TemporaryDirectory> {
  return thread.mkdtemp("notify", owner && { owner });
}

/** What both give, owned; also the one, if the other fails. */
async function both<A extends AsyncDisposable, B extends AsyncDisposable>(
  a: Promise<A>,
  b: Promise<B>,
  owned: AsyncDisposableStack,
): Promise<[A, B]> {
  await Promise.allSettled([a.then((it) => owned.use(it)), b.then((it) => owned.use(it))]);
  return [await a, await b];
}
