/** greetd greets whoever connects. */
import {
  BuiltinPackage,
  deploy,
  type FileDescriptor,
  type Nursery,
  type Sockaddr,
  startService,
  type Thread,
} from "bailiwick";

const greetdPackage = new BuiltinPackage("greetd", {
  [Deno.build.arch]: new URL("./build/greetd", import.meta.url),
});

/** A running greetd. */
export class Greetd {
  /** Where it greets. */
  readonly address: Sockaddr;

  constructor(address: Sockaddr) {
    this.address = address;
  }

  /** What it says to somebody who connects. */
  async greet(): Promise<string> {
    if (!("port" in this.address)) throw new TypeError("greetd listens on TCP");
    const { address: hostname, port } = this.address;
    const connection = await Deno.connect({ hostname, port });
    return await new Response(connection.readable).text();
  }
}

/** Starts greetd; returns once it greets. */
export async function startGreetd(
  nursery: Nursery,
  thread: Thread,
  listeningSock: FileDescriptor,
  greeting: string,
): Promise<Greetd> {
  const pkg = await deploy(thread, greetdPackage);
  const command = pkg.bin("greetd").args(LISTEN, READY, greeting);
  const address = await listeningSock.getsockname();
  const fds = { [LISTEN]: listeningSock };
  await startService(nursery, thread, command, { fds, ready: READY, address: `${address}` });
  return new Greetd(address);
}

const READY = 3;
const LISTEN = 4;
