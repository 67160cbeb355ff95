/** counter tells visitors how many came before them; it is written in TypeScript. */
import {
  type FileDescriptor,
  type Nursery,
  scriptCommand,
  startService,
  type Thread,
} from "bailiwick";
import type { Redis } from "../redis/mod.ts";
import type { CounterConfig, Visit } from "./types.ts";

/** A running counter. */
export class Counter {
  /** As "127.0.0.1:8080". */
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  /** Visits it. */
  async visit(): Promise<Visit> {
    const response = await fetch(`http://${this.address}/`);
    if (!response.ok) throw new Error(`Status ${response.status}: ${await response.text()}`);
    return await response.json();
  }
}

/** Starts it on a listening socket; returns when it answers. */
export async function startCounter(
  nursery: Nursery,
  thread: Thread,
  redis: Redis,
  socket: FileDescriptor,
): Promise<Counter> {
  const config: CounterConfig = { redis: `${redis.socket}` };
  const module = new URL("./counter.ts", import.meta.url);
  const command = await scriptCommand(thread, module, { config });
  const address = `${await socket.getsockname()}`;
  const options = { name: "counter", sockets: { http: socket }, ready: 4, address };
  await startService(nursery, thread, command, options);
  return new Counter(address);
}
