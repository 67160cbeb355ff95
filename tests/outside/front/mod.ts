/** front is greetd's service in TypeScript. */
import {
  type FileDescriptor,
  type Nursery,
  scriptCommand,
  startService,
  type Thread,
} from "bailiwick";
import type { Greetd } from "../greetd/mod.ts";
import { type Answer, type FrontConfig, LISTEN } from "./types.ts";

/** A running front. */
export class Front {
  /** Where it answers: a host and a port. */
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  /** Asks it for a greeting. */
  async ask(): Promise<Answer> {
    return await (await fetch(`http://${this.address}/`)).json();
  }
}

/** Starts front; returns once it answers. */
export async function startFront(
  nursery: Nursery,
  thread: Thread,
  greetd: Greetd,
  listeningSock: FileDescriptor,
): Promise<Front> {
  const { address: hostname, port } = greetd.address;
  const config: FrontConfig = { hostname, port };
  const command = await scriptCommand(thread, new URL("./front.ts", import.meta.url), { config });
  const address = `${await listeningSock.getsockname()}`;
  const fds = { [LISTEN]: listeningSock };
  await startService(nursery, thread, command, { fds, ready: READY, address, uses: [greetd] });
  return new Front(address);
}

const READY = 3;
