/** Which services there are, and what each of them is given. */
import { hold, type Nursery, type Path, SockaddrIn, type Thread } from "bailiwick";
import { type Counter, startCounter } from "./counter/mod.ts";
import { startRedis } from "./redis/mod.ts";

/** Starts everything on one host; returns when it can be used. It can be run again: what stands is left. */
export async function startSystem(
  nursery: Nursery,
  thread: Thread,
  directory: Path,
  port: number,
): Promise<Counter> {
  const redis = await startRedis(nursery, thread, directory);
  const socket = await hold(nursery, thread, "http", () => {
    return thread.listen(new SockaddrIn("127.0.0.1", port), 128);
  });
  return await startCounter(nursery, thread, redis, socket);
}
