/** The thread ended before or while it ran a call. */
export class ThreadEndedError extends Error {
  override readonly name = "ThreadEndedError";
  readonly host: string;
  /** Whether the call may have happened: false when it was certainly not run. */
  readonly outcomeUnknown: boolean;

  constructor(host: string, what: string, outcomeUnknown: boolean) {
    const how = outcomeUnknown ? "ended meanwhile: whether it happened is not known" : "has ended";
    super(`Cannot ${what}: the thread on host ${host} ${how}`);
    this.host = host;
    this.outcomeUnknown = outcomeUnknown;
  }
}
