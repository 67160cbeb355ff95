/** Redis, which keeps the count: a server of Debian's. */
import { Command, type Nursery, type Path, sdNotify, startService, type Thread } from "bailiwick";

/** A running Redis. */
export interface Redis {
  /** Its Unix socket. */
  readonly socket: Path;
}

/** Starts it with its data in a directory, which is made if it is missing; returns when it answers. */
export async function startRedis(
  nursery: Nursery,
  thread: Thread,
  directory: Path,
): Promise<Redis> {
  const missing = await missingForRedis(thread);
  if (missing.length > 0) throw new Error(`Cannot start redis: ${missing.join("; ")}`);
  await thread.mkdir(directory, 0o700, { existing: "ok" });
  const socket = directory.join("redis.sock");
  const command = new Command("redis-server", [
    ...["--supervised", "systemd", "--daemonize", "no"],
    ...["--dir", directory, "--appendonly", "yes"],
    ...["--port", 0, "--unixsocket", socket],
  ]);
  await startService(nursery, thread, command, {
    name: "redis",
    ready: sdNotify(),
    address: `${socket}`,
  });
  return { socket };
}

/** What a host lacks for it. */
export async function missingForRedis(thread: Thread): Promise<string[]> {
  if (await thread.which("redis-server")) return [];
  const { name } = thread.host;
  return [`host ${name} has no redis-server: apt-get install redis-server installs it`];
}
