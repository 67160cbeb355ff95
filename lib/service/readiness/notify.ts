/**
 * Hearing what a service says by sd_notify(3).
 *
 * The watchdog's time is waited for by the kernel of the service's host, so that neither a slow link nor a
 * program that was held up counts as the service's silence.
 */
import type { Clock, Milliseconds } from "../../clock/mod.ts";
import { type ChildProcess, ServiceNotReadyError } from "../../thread/mod.ts";
import type { Redaction } from "../../thread/redaction.ts";
import { parseNotify } from "./notify_message.ts";
import type { NotifySocket } from "./notify_socket.ts";
import type { SdNotify } from "./readiness.ts";
import { inSeconds, quoted } from "./trying.ts";
import type { Told } from "./told.ts";

/** Hears one service. */
export class Notify {
  readonly #socket: NotifySocket;
  readonly #free: Promise<void>;
  readonly #clock: Clock;
  readonly #redaction: Redaction | undefined;
  readonly #ready = Promise.withResolvers<void>();
  #watchdog: Milliseconds;
  /** When the service was last heard, from its readiness on. */
  #heard: Milliseconds | undefined;
  #last: string | undefined;

  /**
   * @param free When the socket's thread can wait for messages.
   * @param redaction What leaves the service's secrets out of what it says.
   */
  constructor(
    socket: NotifySocket,
    free: Promise<void>,
    clock: Clock,
    { watchdog }: SdNotify,
    redaction: Redaction | undefined,
  ) {
    this.#socket = socket;
    this.#free = free;
    this.#clock = clock;
    this.#redaction = redaction;
    this.#watchdog = watchdog ?? Infinity;
    this.#ready.promise.catch(() => {});
  }

  /** What it said last, in words. */
  get last(): string {
    return this.#last === undefined ? "it said nothing by sd_notify" : `it last said ${this.#last}`;
  }

  /**
   * Settles when it has said that it is ready.
   *
   * @throws {ServiceNotReadyError} If it ended before.
   */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Tells what it says until it has ended. What it had said by then counts. */
  async hear(process: ChildProcess, told: Told): Promise<void> {
    const ended = new AbortController();
    process.waitFor([]).then(() => ended.abort(), (error) => ended.abort(error));
    try {
      await this.#free;
      while (!ended.signal.aborted) await this.#hearNext(told, ended.signal);
      while (await this.#take(told, 0)) { /* What it said before its end. */ }
      throw new ServiceNotReadyError(process, "ended before it said READY=1");
    } catch (error) {
      this.#ready.reject(error);
      // What ends the hearing by itself, such as a thread that was killed, leaves a watchdog unheard.
      if (!told.live.aborted) {
        told.seenUnready("itself", `it cannot be heard: ${(error as Error).message}`);
      }
    }
  }

  async #hearNext(told: Told, ended: AbortSignal): Promise<void> {
    const silence = this.#heard === undefined ? 0 : this.#clock.now() - this.#heard;
    const time = this.#heard === undefined ? Infinity : Math.max(0, this.#watchdog - silence);
    try {
      if (await this.#take(told, time, ended) || time === Infinity) return;
    } catch (error) {
      if (ended.aborted) return;
      throw error;
    }
    this.#heard = undefined;
    told.faulted(`did not say WATCHDOG=1 within ${inSeconds(this.#watchdog)}`);
  }

  /** Whether anything came in this time. */
  async #take(told: Told, time: Milliseconds, signal?: AbortSignal): Promise<boolean> {
    const messages = await this.#socket.receive(time, signal);
    for (const bytes of messages) this.#tell(bytes, told);
    return messages.length > 0;
  }

  #tell(bytes: Uint8Array, told: Told): void {
    // It only asks whether all before it was heard.
    if (new TextDecoder().decode(bytes).trim() === "BARRIER=1") return;
    const shown = this.#redaction?.of(bytes) ?? bytes;
    const { ready, stopping, status, watchdog, watchdogLimit } = parseNotify(shown);
    this.#last = quoted(shown, undefined);
    if (watchdogLimit !== undefined) this.#watchdog = watchdogLimit;
    if (status !== undefined) told.said(status);
    if (ready) {
      this.#ready.resolve();
      told.seenReady("itself");
    }
    if (stopping) told.seenUnready("itself", "it says that it is stopping");
    if (watchdog === "trigger") told.faulted("said WATCHDOG=trigger");
    if (ready) this.#heard ??= this.#clock.now();
    if (watchdog === "alive" && this.#heard !== undefined) this.#heard = this.#clock.now();
  }
}
