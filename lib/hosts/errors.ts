/** How getting a host over a command fails: one error per cause, each with what the command printed. */
import { HostError } from "../agent/mod.ts";

const MOST_SHOWN = 2000;

/** What is known of a failure. */
export interface ConnectErrorDetails extends ErrorOptions {
  /** What the command printed on its standard error. */
  readonly stderr: string;
  /** What the command is called, as "ssh". */
  readonly command?: string;
}

/** The way to a host failed; a subclass says in which way, where that is known. */
export class ConnectError extends HostError {
  override readonly name: string = "ConnectError";
  /** What the command printed on its standard error. */
  readonly stderr: string;

  /** `problem` says what is wrong and what to do, as "its name is not known; check the spelling". */
  constructor(host: string, problem: string, details: ConnectErrorDetails) {
    const { stderr, command = "the command", ...options } = details;
    const said = stderr.trim().slice(-MOST_SHOWN);
    const suffix = said === "" ? "" : `; ${command} printed: ${said}`;
    super(host, `Cannot use host ${host}: ${problem}${suffix}`, options);
    this.stderr = stderr;
  }
}

/** The host's key is not in any known_hosts file. */
export class HostKeyUnknownError extends ConnectError {
  override readonly name = "HostKeyUnknownError";
}

/** The host's key is not the one in known_hosts, or it was revoked. */
export class HostKeyChangedError extends ConnectError {
  override readonly name = "HostKeyChangedError";
}

/** The host does not let the user in. */
export class PermissionDeniedError extends ConnectError {
  override readonly name = "PermissionDeniedError";
}

/** The host's name has no address. */
export class NameNotResolvedError extends ConnectError {
  override readonly name = "NameNotResolvedError";
}

/** Nothing listens at the host's address and port. */
export class ConnectionRefusedError extends ConnectError {
  override readonly name = "ConnectionRefusedError";
}

/** The host did not answer in time, or there is no way to its network. */
export class ConnectTimeoutError extends ConnectError {
  override readonly name = "ConnectTimeoutError";
}

/** The far side is not a POSIX shell. */
export class NoShellError extends ConnectError {
  override readonly name = "NoShellError";
}

/** There is no agent for the host's machine. */
export class UnknownArchitectureError extends ConnectError {
  override readonly name = "UnknownArchitectureError";
}

/** The host has no directory in which a file can be written and executed. */
export class NoPlaceToRunError extends ConnectError {
  override readonly name = "NoPlaceToRunError";
}

/** The agent did not arrive whole. */
export class AgentDamagedError extends ConnectError {
  override readonly name = "AgentDamagedError";
}

/** The connection to the host broke. */
export class LinkLostError extends ConnectError {
  override readonly name = "LinkLostError";
}
