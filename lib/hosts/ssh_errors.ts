/** Which error it is that ssh ends with. OpenSSH has one exit status, 255, so its words tell. */
import { EATEN } from "./bootstrap_script.ts";
import {
  ConnectError,
  ConnectionRefusedError,
  ConnectTimeoutError,
  HostKeyChangedError,
  HostKeyUnknownError,
  LinkLostError,
  NameNotResolvedError,
  NoPlaceToRunError,
  NoShellError,
  PermissionDeniedError,
} from "./errors.ts";

/** How an ssh process ended. */
export interface SshExit {
  /** What errors call the host. */
  host: string;
  /** Exit status; null when a signal ended ssh. */
  status: number | null;
  stderr: string;
  /** Whether the agent had been there. */
  connected: boolean;
  /** What the far side printed that was not understood, from {@linkcode Bootstrap.heard}. */
  heard?: string;
}

type Cause = new (
  host: string,
  problem: string,
  details: { stderr: string; command: string },
) => ConnectError;

/** In the order in which they are looked for: a changed key is also said to have failed verification. */
const CAUSES: readonly (readonly [RegExp, Cause, string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|[Hh]ost key for .* has changed|REVOKED HOST KEY/,
    HostKeyChangedError,
    "its key is not the one in known_hosts; find out why, and if the host really has a new key, " +
    "remove the old one with ssh-keygen -R",
  ],
  [
    /No \S+ host key is known for|Host key verification failed/,
    HostKeyUnknownError,
    "its key is not in known_hosts; connect once with ssh and compare the fingerprint",
  ],
  [
    /Could not resolve hostname/,
    NameNotResolvedError,
    "its name has no address; check the spelling, DNS and HostName in the ssh configuration",
  ],
  [
    /Permission denied|Too many authentication failures|no more authentication methods/i,
    PermissionDeniedError,
    "it does not let the user in; check the user name, and that a key without passphrase or one in " +
    "ssh-agent is in the account's authorized_keys",
  ],
  [
    /connect to (?:host|address) .*: Connection refused/,
    ConnectionRefusedError,
    "nothing listens there; check that sshd runs, and its port",
  ],
  [
    /timed out|No route to host|Network is unreachable|Host is unreachable|Timeout, server/,
    ConnectTimeoutError,
    "it does not answer; check the address, that the host is up, and firewalls",
  ],
];

/** The error for an ssh that has ended. Never throws. */
export function sshError(exit: SshExit): ConnectError {
  const { host, stderr, connected, status } = exit;
  const details = { stderr, command: "ssh" };
  if (connected) return afterConnecting(exit, details);
  for (const [words, Cause, problem] of CAUSES) {
    if (status === 255 && words.test(stderr)) return new Cause(host, problem, details);
  }
  if (status === null) return new LinkLostError(host, "ssh was killed while connecting", details);
  if (status === 255) {
    const problem = "the connection broke before there was an agent";
    return new LinkLostError(host, problem, details);
  }
  if (stderr.includes(EATEN)) {
    const problem =
      "a login script of the account, such as ~/.bashrc, reads its standard input, which " +
      "is the program's way to the host; let it do so only where that is a terminal";
    return new NoShellError(host, problem, details);
  }
  const said = exit.heard?.trim() ?? "";
  const problem = "the account has no POSIX shell, or it cannot run sh; " +
    (said === ""
      ? `it ended with status ${status}`
      : `it answered ${JSON.stringify(said.slice(0, 200))}`);
  return new NoShellError(host, problem, details);
}

/** Statuses of sh(1) for a command that cannot be executed, and that is not found. */
const CANNOT_EXECUTE: readonly (number | null)[] = [126, 127];

function afterConnecting(
  exit: SshExit,
  details: { stderr: string; command: string },
): ConnectError {
  const { host, status, stderr } = exit;
  if (CANNOT_EXECUTE.includes(status) && /exec|\/proc\/self\/fd\/3/.test(stderr)) {
    return new NoPlaceToRunError(host, "the host does not execute the agent", details);
  }
  if (status === 255) return new LinkLostError(host, "the connection broke", details);
  if (status === null) return new LinkLostError(host, "ssh was killed", details);
  return new ConnectError(host, `the agent ended with status ${status}`, details);
}
