/**
 * The command line of the OpenSSH client.
 *
 * The user's ssh_config(5), keys, agent and jump hosts work as for `ssh` itself, but for what is forced here:
 * ssh takes the first value that it sees, so the forced options come first, then the program's own
 * arguments, then the destination behind `--`.
 *
 * - The host key must be known (`StrictHostKeyChecking=yes`, also where the user's file says otherwise): a
 *   program that starts processes as root must not learn keys on the way. A jump host is connected by an
 *   ssh of its own, which follows the user's file alone.
 * - Nobody is asked anything (`BatchMode`), nothing is forwarded, and one process is one connection.
 * - A dead link is noticed by the program and the agent themselves. ssh's own signs of life wait behind
 *   everything that is sent, so they are for an ssh that is left alone, and come much later.
 * - Reasons of failures are printed (`LogLevel=INFO`), since errors are told apart by them.
 */

import { checkDuration, type Milliseconds } from "../clock/mod.ts";
import { parseDestination } from "./ssh_destination.ts";

/** What to connect to, and how. */
export interface SshOptions {
  /**
   * `host`, `user@host` or `ssh://[user@]host[:port]`; the host is a name of ssh_config(5) or DNS, or an IP
   * address, of IPv6 also in brackets.
   */
  to: string;
  /** Further options of ssh(1), such as `["-p", "2222", "-J", "bastion"]`. */
  args?: readonly string[];
  /** An ssh_config(5) file that is read instead of the user's and the system's. */
  config?: string;
  /**
   * How long ssh may take to be connected, of which it takes whole seconds, rounded up.
   *
   * @default 10_000
   */
  connectTimeout?: Milliseconds;
}

const FORCED = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "NoHostAuthenticationForLocalhost=no",
  "ForwardAgent=no",
  "ForwardX11=no",
  "ClearAllForwardings=yes",
  "Tunnel=no",
  "PermitLocalCommand=no",
  "RemoteCommand=none",
  "RequestTTY=no",
  "ControlMaster=no",
  "ControlPath=none",
  "TCPKeepAlive=yes",
  "LogLevel=INFO",
];

/** Milliseconds that a host may be silent, unless its options say otherwise. */
export const SILENCE: Milliseconds = 8000;
const DEFAULT_CONNECT_TIMEOUT: Milliseconds = 10_000;
const MOST_SECONDS = 24 * 3600;
/** Options of ssh(1) with a value that neither forward anything nor hide what ssh says. */
const WITH_VALUE = "BbceIiJlmoPp";
/** Options of ssh(1) that leave the stream as it is and forward nothing. */
const WITHOUT_VALUE = "46aCkTvx";

/**
 * The argv of an ssh that runs `command` on a host.
 *
 * @param silence Milliseconds that the far side may be silent; 0 or Infinity: for ever.
 * @throws {TypeError} If host or user name has a character that no such name has, or an argument is not
 *   an option, or one that would change what the stream carries.
 * @throws {RangeError} If the timeout is not more than 0, or more than a day.
 */
export function sshArgv(options: SshOptions, command: string, silence = SILENCE): string[] {
  const { to, args = [], config, connectTimeout = DEFAULT_CONNECT_TIMEOUT } = options;
  const { destination, port } = parseDestination(to);
  checkArguments(args);
  const seconds = Math.ceil(checkDuration("connectTimeout", connectTimeout) / 1000);
  if (seconds < 1 || seconds > MOST_SECONDS) {
    throw new RangeError(
      `connectTimeout is more than 0 and at most a day, in milliseconds, not ${connectTimeout}`,
    );
  }
  return [
    "ssh",
    ...(config === undefined ? [] : ["-F", config]),
    ...[...FORCED, ...signsOfLife(silence)].flatMap((option) => ["-o", option]),
    ...(port === undefined ? [] : ["-p", `${port}`]),
    ...args,
    "-o",
    `ConnectTimeout=${seconds}`,
    "-a",
    "-x",
    "-T",
    "--",
    destination,
    command,
  ];
}

const ALIVE_COUNT = 4;
const LEAST_ALIVE_SECONDS = 15;

function signsOfLife(silence: number): string[] {
  if (silence === 0 || silence === Infinity) return ["ServerAliveInterval=0"];
  const seconds = Math.max(LEAST_ALIVE_SECONDS, Math.ceil(silence / 1000));
  return [`ServerAliveInterval=${seconds}`, `ServerAliveCountMax=${ALIVE_COUNT}`];
}

function checkArguments(args: readonly string[]): void {
  for (let i = 0; i < args.length; i++) {
    const letter = args[i]!.charAt(1);
    const flags = args[i]!.slice(1);
    if (args[i]!.startsWith("-") && letter !== "" && WITH_VALUE.includes(letter)) {
      if (flags.length === 1 && ++i >= args.length) {
        throw new TypeError(`Cannot give ssh the option -${letter} without its value`);
      }
    } else if (!/^-./.test(args[i]!) || ![...flags].every((flag) => WITHOUT_VALUE.includes(flag))) {
      throw new TypeError(
        `Cannot give ssh the argument ${
          JSON.stringify(args[i])
        }: only options that leave the stream alone`,
      );
    }
  }
}
