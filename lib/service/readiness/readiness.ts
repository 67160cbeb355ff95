/**
 * By what a service comes to be known as ready, as data. What is made of it is in the files beside this one.
 *
 * - A service that says it itself is asked nothing: a byte on a descriptor, sd_notify(3), a line of its log.
 * - A probe asks it: a connection, a request, a command. Probes run on the service's host, and go on when it
 *   is ready, as its health.
 */
import { kindOf } from "../../thread/kind.ts";
import type { Sockaddr } from "../../abi/mod.ts";
import { checkDuration, type Milliseconds } from "../../clock/mod.ts";
import type { Command } from "../../thread/mod.ts";
import { addressOf, targetOf } from "./address.ts";

/** How a probe is repeated. */
export interface ProbeOptions {
  /**
   * The least time from the begin of one try to that of the next, which never begins before the one before it
   * is over.
   *
   * @default 50 milliseconds until it is ready, 5 seconds from then on
   */
  readonly interval?: Milliseconds;
  /**
   * How long one try may take.
   *
   * @default 1 second
   */
  readonly timeout?: Milliseconds;
  /**
   * How many tries may fail in succession: with that many a start fails, and what was ready is not any more.
   *
   * @default as many as fit into `readyTimeout`; 3 once it is ready
   */
  readonly tries?: number;
}

/** See {@linkcode tcp}. */
export interface TcpProbe extends ProbeOptions {
  readonly kind: "tcp";
  readonly address: Sockaddr;
}

/** See {@linkcode http}. */
export interface HttpProbe extends ProbeOptions {
  readonly kind: "http";
  readonly address: Sockaddr;
  /** What the request names as its host. */
  readonly host: string;
  readonly path: string;
  /** The least and the greatest status that is right. */
  readonly status: readonly [least: number, greatest: number];
}

/** See {@linkcode command}. */
export interface CommandProbe extends ProbeOptions {
  readonly kind: "command";
  readonly command: Command;
}

/** What is asked whether it is ready. */
export type Probe = TcpProbe | HttpProbe | CommandProbe;

/** See {@linkcode sdNotify}. */
export interface SdNotify {
  readonly kind: "sd_notify";
  readonly watchdog?: Milliseconds;
}

/** See {@linkcode logLine}. */
export interface LogLine {
  readonly kind: "log-line";
  /** Text that the line has; or a regular expression, if there are flags. */
  readonly pattern: string;
  readonly flags?: string;
}

/** By what a service is known as ready. */
export type Readiness = SdNotify | LogLine | Probe;

/**
 * Ready when the service says so as sd_notify(3) has it: `READY=1` in a datagram to the socket that
 * NOTIFY_SOCKET names. PostgreSQL, Redis, HAProxy and most that systemd starts do. `STATUS=` is shown,
 * `STOPPING=1` makes it not ready. The socket is heard by the service's user and root alone.
 *
 * @param options.watchdog The longest time between two `WATCHDOG=1` once it is ready, which it finds in
 *   WATCHDOG_USEC. If it is silent for longer, or says `WATCHDOG=trigger`, it gets SIGABRT and has failed.
 *
 * @example
 * ```ts
 * import { Command, type Nursery, sdNotify, startService, type Thread } from "bailiwick";
 *
 * function startRedis(nursery: Nursery, thread: Thread) {
 *   const redis = new Command("redis-server", ["--supervised", "systemd", "--save", ""]);
 *   return startService(nursery, thread, redis, { user: "redis", ready: sdNotify() });
 * }
 * ```
 *
 * @throws {RangeError} If the watchdog's time is no duration, or none.
 */
export function sdNotify({ watchdog }: { readonly watchdog?: Milliseconds } = {}): SdNotify {
  if (watchdog === undefined) return { kind: "sd_notify" };
  return { kind: "sd_notify", watchdog: checkPositive("watchdog", watchdog) };
}

/**
 * Ready when it has written a line, to standard output or error, that has this text or matches this
 * expression. Its output must be captured.
 *
 * @example
 * ```ts
 * import { Command, logLine, type Nursery, startService, type Thread } from "bailiwick";
 *
 * function startMinio(nursery: Nursery, thread: Thread) {
 *   const minio = new Command("minio", ["server", "/srv/minio"]);
 *   return startService(nursery, thread, minio, { ready: logLine(/^API: /) });
 * }
 * ```
 */
export function logLine(line: RegExp | string): LogLine {
  if (typeof line === "string") return { kind: "log-line", pattern: line };
  // A line is looked at once and whole, so where the last match ended means nothing.
  return { kind: "log-line", pattern: line.source, flags: line.flags.replaceAll(/[gy]/g, "") };
}

/**
 * Ready when a connection to it is taken. Servers take connections before they answer them, so prefer what
 * asks for more.
 *
 * @param address An address; or as text: "127.0.0.1:6379", "[::1]:6379", "localhost:6379", or the absolute path
 *   of a Unix socket. It is connected to from the service's host.
 *
 * @example
 * ```ts
 * import { Command, type Nursery, seconds, startService, tcp, type Thread } from "bailiwick";
 *
 * function startBeanstalkd(nursery: Nursery, thread: Thread) {
 *   const ready = tcp("127.0.0.1:11300", { interval: 100, timeout: seconds(2), tries: 50 });
 *   return startService(nursery, thread, new Command("beanstalkd"), { ready });
 * }
 * ```
 *
 * @throws {TypeError} If the address is none.
 * @throws {RangeError} If an option is out of its range.
 */
export function tcp(address: Sockaddr | string, options: ProbeOptions = {}): TcpProbe {
  return { kind: "tcp", address: addressOf(address), ...checkProbe(options) };
}

/** How {@linkcode http} asks. */
export interface HttpOptions extends ProbeOptions {
  /**
   * What is asked for, if an address is given and no URL.
   *
   * @default "/"
   */
  readonly path?: string;
  /**
   * The status that is right, or the least and the greatest.
   *
   * @default from 200 to 399
   */
  readonly status?: number | readonly [least: number, greatest: number];
}

const HTTP_STATUS = [200, 399] as const;

/**
 * Ready when it answers a GET request with the right status.
 *
 * @param target A URL, as "http://127.0.0.1:8080/health"; or the address of a Unix socket. It is connected to
 *   from the service's host, by plain HTTP.
 *
 * @example
 * ```ts
 * import { Command, http, type Nursery, seconds, startService, type Thread } from "bailiwick";
 *
 * function startPrometheus(nursery: Nursery, thread: Thread) {
 *   const ready = http("http://127.0.0.1:9090/-/ready", { status: 200, interval: seconds(1) });
 *   return startService(nursery, thread, new Command("prometheus"), { ready });
 * }
 * ```
 *
 * @throws {TypeError} If the URL or address is none, or needs TLS or a name server.
 * @throws {RangeError} If an option is out of its range.
 */
export function http(target: Sockaddr | string | URL, options: HttpOptions = {}): HttpProbe {
  const { path, status = HTTP_STATUS, ...probe } = options;
  const [least, greatest] = typeof status === "number" ? [status, status] : status;
  if (!(least >= 100 && least <= greatest && greatest <= 599)) {
    throw new RangeError(`status is from 100 to 599, not from ${least} to ${greatest}`);
  }
  const found = targetOf(target, path);
  return { kind: "http", ...found, status: [least, greatest], ...checkProbe(probe) };
}

/**
 * Ready when this command exits with status 0. It runs on the service's host, with the service's user,
 * groups, environment and working directory; what it writes is told when it fails.
 *
 * @example
 * ```ts
 * import { Command, command, type Nursery, startService, type Thread } from "bailiwick";
 *
 * function startMariadb(nursery: Nursery, thread: Thread) {
 *   const ready = command(new Command("mysqladmin", ["ping"]), { interval: 200 });
 *   return startService(nursery, thread, new Command("mariadbd"), { user: "mysql", ready });
 * }
 * ```
 *
 * @throws {RangeError} If an option is out of its range.
 */
export function command(command: Command, options: ProbeOptions = {}): CommandProbe {
  return { kind: "command", command, ...checkProbe(options) };
}

/** Whether it is asked whether it is ready. */
export function isProbe(readiness: Readiness | number | undefined): readiness is Probe {
  return typeof readiness === "object" && readiness.kind !== "sd_notify" &&
    readiness.kind !== "log-line";
}

function checkProbe({ interval, timeout, tries }: ProbeOptions): ProbeOptions {
  if (tries !== undefined && !(tries === Infinity || Number.isInteger(tries) && tries >= 1)) {
    throw new RangeError(`tries is a whole number from 1 on, or Infinity, not ${tries}`);
  }
  return {
    ...(interval !== undefined && { interval: checkDuration("interval", interval) }),
    ...(timeout !== undefined && { timeout: checkPositive("timeout", timeout) }),
    ...(tries !== undefined && { tries }),
  };
}

function checkPositive(name: string, duration: Milliseconds): Milliseconds {
  if (checkDuration(name, duration) > 0 && duration < Infinity) return duration;
  throw new RangeError(`${name} is more than 0 milliseconds and has an end, not ${duration}`);
}

/** @throws {TypeError} If it is neither a descriptor's number nor a {@linkcode Readiness}. */
export function checkReadiness(ready: unknown): void {
  const isOne = typeof ready === "object" && ready !== null && "kind" in ready;
  if (ready === undefined || typeof ready === "number" || isOne) return;
  throw new TypeError(
    "ready is the number of a descriptor, or what sdNotify(), http(), tcp(), command() or " +
      `logLine() gives, not ${kindOf(ready)}`,
  );
}
