/**
 * Hosts by their names. One that is lost is reconnected in the background, for ever; meanwhile whoever
 * claims it gets it as it was, lost, so that a scope can be run for what is on others. When it is back the scope
 * that claimed it is run again, and gets it anew.
 */
import type { Milliseconds } from "../../clock/mod.ts";
import { checkUnforeseen } from "../../agent/mod.ts";
import type { Host } from "../../hosts/mod.ts";
import type {
  Claim,
  Fingerprint,
  Ground,
  Nursery,
  Place,
  Standing,
  Turn,
} from "../../nursery/mod.ts";
import { CancelledError, describe } from "../../nursery/errors.ts";
import { SupersededError } from "../../agent/mod.ts";
import { canonical } from "../../service/canonical.ts";
import { inherit } from "../../service/inherit.ts";
import { letGo } from "../../service/let_go.ts";
import { History } from "../policy/history.ts";
import { backoff } from "../policy/mod.ts";
import { Family, type KeptHost } from "../scope/family.ts";

/** Connects to a host, until it is told to give up. */
export type Connect = (signal: AbortSignal) => Promise<Host>;

/** How a host is claimed. */
export interface UseHostOptions {
  /** What it is made from: when that is no longer equal it is another host, and the one before is closed. */
  of?: unknown;
  /**
   * The hosts that the way to it leads over, before which it is closed.
   *
   * @default all that stands when it is claimed
   */
  uses?: readonly Host[];
}

/**
 * A host by its name: connected when it is claimed first, and the same in each run of a scope that claims it.
 * It is closed when a run does not claim it, and when its nursery ends.
 *
 * A scope's host that is lost is connected again, as often as it takes: after 0.1 s, and then less and less
 * often, down to every 30 s. Until then what is on it is `unknown`, and neither started elsewhere nor a failure of
 * its scope, and what is on other hosts goes on. When it is back the scope is run again, and what was on it is
 * started again there. Outside of scopes a host that is lost stays so.
 *
 * @param name Unique among the hosts of its scope.
 * @param connect Connects; its result is owned by the nursery.
 * @throws What `connect` throws the first time.
 *
 * @example
 * ```ts
 * import { Command, type Nursery, sshHost, startService, supervise, useHost } from "bailiwick";
 *
 * async function startWeb(nursery: Nursery) {
 *   await supervise(nursery, "web", async (nursery, { names }) => {
 *     for (const name of names) {
 *       const host = await useHost(nursery, name, (signal) => sshHost({ to: name }, { signal }));
 *       await startService(nursery, host.thread, new Command("appd"), { name: `appd-${name}` });
 *     }
 *   }, { arguments: { names: ["web1", "web2"] } });
 * }
 * ```
 */
export async function useHost(
  nursery: Nursery,
  name: string,
  connect: Connect,
  { of, uses }: UseHostOptions = {},
): Promise<Host> {
  const turns = uses?.flatMap(({ info }) => nursery.providers(info));
  const claim = new HostClaim(name, connect, { of: canonical(of).text }, turns);
  if (nursery.keeper) return await nursery.keeper.claim(claim);
  const host = await connected(connect, nursery.signal);
  const turn = nursery.ordered(async (_signal, turn) => {
    await turn.come;
    await host.close();
  }, { name: nursery.pathOf(claim.name), uses: turns });
  turn.provides(host.info);
  return host;
}

class HostClaim implements Claim<Host> {
  readonly kind = "host";
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly holds: ReadonlySet<bigint> = new Set();
  readonly overlaps = false;
  readonly ends = "never";
  readonly connect: Connect;
  readonly uses: readonly Turn[] | undefined;

  constructor(
    name: string,
    connect: Connect,
    fingerprint: Fingerprint,
    uses: readonly Turn[] | undefined,
  ) {
    this.name = `host ${name}`;
    this.connect = connect;
    this.fingerprint = fingerprint;
    this.uses = uses;
  }

  async start(place: Place): Promise<StandingHost> {
    return new StandingHost(place, this, await connected(this.connect, place.signal));
  }

  adopt(standing: Standing<Host>): Host {
    return (standing as StandingHost).again(this);
  }
}

/** A host that is claimed, whichever connection it is at the moment. */
class StandingHost implements Standing<Host>, KeptHost {
  readonly turn: Turn;
  readonly instance = undefined;
  readonly wasStopped = false;
  readonly over: Promise<void>;
  readonly #place: Place;
  readonly #path: string;
  readonly #history: History;
  /** It, and what it was before it was lost. */
  readonly #all = new WeakSet<Ground>();
  #connect: Connect;
  #host!: Host;
  #isAway = false;
  #isOver = false;

  constructor(place: Place, { name, connect, uses }: HostClaim, host: Host) {
    const { nursery } = this.#place = place;
    this.#path = nursery.pathOf(name);
    this.#connect = connect;
    this.#history = new History(nursery.clock);
    const over = Promise.withResolvers<void>();
    this.over = over.promise;
    this.#be(host);
    this.turn = nursery.ordered((_signal, turn) => this.#keep(turn).finally(over.resolve), {
      name: this.#path,
      uses,
    });
  }

  get value(): Host {
    return this.#host;
  }

  get name(): string {
    return this.#host.name;
  }

  get host(): Ground {
    return this.#host.info;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isAway(): boolean {
    return this.#isAway || this.host.lost;
  }

  is(host: Ground): boolean {
    return this.#all.has(host);
  }

  /** It is claimed again. */
  again({ connect, uses }: HostClaim): Host {
    this.#connect = connect;
    this.#isAway = this.host.lost;
    this.turn.again(uses);
    this.turn.ready();
    return this.#host;
  }

  end(): void {}

  #be(host: Host): void {
    this.#host = host;
    this.#all.add(host.info);
    inherit(this.#place.nursery, host.thread);
  }

  /** Has it connected until its turn has come to be closed. */
  async #keep(turn: Turn): Promise<void> {
    const { nursery } = this.#place;
    const { hosts } = Family.of(nursery);
    const closing = new AbortController();
    const come = turn.come.then(() =>
      closing.abort(new CancelledError("The host is to be closed"))
    );
    hosts.add(this);
    turn.provides(this.host);
    try {
      while (await this.#isLost(come) && await this.#reconnect(closing.signal)) {
        turn.provides(this.host);
        this.#place.touched(`${this.#path} was connected again`);
        this.#place.changed();
      }
    } finally {
      this.#isOver = true;
      hosts.delete(this);
      await this.#host.close();
    }
  }

  /** Waits until it is lost, or is to be closed. */
  async #isLost(closing: Promise<void>): Promise<boolean> {
    const error = await Promise.race([closing, this.#host.ended]);
    if (!error) return false;
    if (error instanceof SupersededError) return this.#yield(error);
    this.#isAway = true;
    this.#place.failed(error);
    return true;
  }

  /** Connects again, as often as it takes; false if it is to be closed first. */
  async #reconnect(signal: AbortSignal): Promise<boolean> {
    const lost = this.#host;
    await lost.close();
    for (let after = this.#backoff();;) {
      try {
        await this.#place.nursery.clock.sleep(after, { signal });
        this.#be(await connected(this.#connect, signal));
        this.#history.recovered(this.#path);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (error instanceof SupersededError) return this.#yield(error);
        after = this.#backoff();
        const reason = describe(error);
        lost.info.model.tell({ kind: "host-unreachable", host: lost.name, reason, after });
      }
    }
  }

  /** Another program is in charge: this one fails, and leaves to it what stands anywhere. */
  #yield(error: SupersededError): false {
    const { nursery } = this.#place;
    letGo(nursery);
    nursery.fail(error, this.#path);
    return false;
  }

  #backoff(): Milliseconds {
    return backoff(this.#history.record(this.#path));
  }
}

async function connected(connect: Connect, signal: AbortSignal): Promise<Host> {
  checkUnforeseen("connect to a host");
  const host = await connect(signal);
  if (!signal.aborted) return host;
  await host.close();
  throw signal.reason;
}
