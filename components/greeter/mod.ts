/** greeter greets over HTTP; it is written in TypeScript. */
import {
  type FileDescriptor,
  type Nursery,
  scriptCommand,
  startService,
  type Thread,
} from "bailiwick";
import type { GreeterConfig, Greeting } from "./types.ts";

export class Greeter {
  constructor(readonly address: string) {}

  async greet(): Promise<Greeting> {
    return await (await fetch(`http://${this.address}/`)).json();
  }
}

export async function startGreeter(
  nursery: Nursery,
  thread: Thread,
  listeningSock: FileDescriptor,
  config: GreeterConfig,
): Promise<Greeter> {
  const module = new URL("./greeter.ts", import.meta.url);
  const command = await scriptCommand(thread, module, { config });
  const address = `${await listeningSock.getsockname()}`;
  await startService(nursery, thread, command, {
    sockets: { http: listeningSock },
    ready: 4,
    address,
  });
  return new Greeter(address);
}
