/** How working with a host fails. Each error names the host, and keeps what caused it as `cause`. */
import { ERRNO } from "../abi/mod.ts";

/** Base of everything that goes wrong with a host as a whole. */
export class HostError extends Error {
  override readonly name: string = "HostError";
  /** The name that the program gave the host. */
  readonly host: string;

  constructor(host: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.host = host;
  }
}

/** The stream to the host's agent ended; everything that ran on the host is gone, or about to be. */
export class HostLostError extends HostError {
  override readonly name: string = "HostLostError";
}

/** The program itself has closed the host. */
export class HostClosedError extends HostLostError {}

/**
 * A program of a higher generation is in charge of a host that outlives programs: this one can change nothing
 * there any more.
 */
export class SupersededError extends HostLostError {
  override readonly name = "SupersededError";
}

/** Another program is in charge of a host that outlives programs, and was not to be cut off. */
export class OccupiedError extends HostError {
  override readonly name = "OccupiedError";
}

/**
 * The stream broke while a call was in flight: whether it happened is not known. The library never
 * sends such a call again; only the program can know whether that would be safe.
 */
export class UnknownOutcomeError extends HostError {
  override readonly name: string = "UnknownOutcomeError";
}

/** Where a failed system call stood. */
export interface SyscallErrorDetails {
  /** Name of the system call. */
  readonly syscall: string;
  /** Positive errno(3) number. */
  readonly errno: number;
  readonly host: string;
  /** What was tried, as "bind to 127.0.0.1:80". */
  readonly what: string;
  /** Position in its batch, as "call 2 of 5". */
  readonly position?: string;
  /** What the errno means here, where that is more than its usual meaning. */
  readonly reason?: string;
  /** What to do about an errno, by its name. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** The kernel refused a system call. */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  readonly syscall: string;
  readonly errno: number;
  /** Name of the errno, as "ENOENT". */
  readonly code: string;
  readonly host: string;

  constructor(details: SyscallErrorDetails, options?: ErrorOptions) {
    const { syscall, errno, host, what, position, hints } = details;
    const known = ERRNO[errno];
    const code = known?.code ?? `errno ${errno}`;
    const where = position ? `${syscall}, ${position}` : syscall;
    const hint = hints?.[code] ? `; ${hints[code]}` : "";
    const why = details.reason ?? known?.message ?? "unknown error";
    super(`Cannot ${what}: ${why} (${code}) in ${where}, host ${host}${hint}`, options);
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
    this.host = host;
  }
}
