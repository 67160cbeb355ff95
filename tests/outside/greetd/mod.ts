/** greetd greets whoever connects. */
import {
  BuiltinPackage,
  deploy,
  type FileDescriptor,
  type Nursery,
  SockaddrIn,
  startService,
  type Thread,
} from "bailiwick";

const greetdPackage = new BuiltinPackage("greetd", {
  [Deno.build.arch]: new URL("./build/greetd", import.meta.url),
});

/** A running greetd. */
export class Greetd {
  /** Where it greets. */
  readonly address: SockaddrIn;

  constructor(address: SockaddrIn) {
    this.address = address;
  }

  /** What it says to somebody who connects. */
  async greet(): Promise<string> {
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
  if (!(address instanceof SockaddrIn)) throw new TypeError("greetd listens on IPv4");
  const fds = { [LISTEN]: listeningSock };
  await startService(nursery, thread, command, { fds, ready: READY, address: `${address}` });
  return new Greetd(address);
}

const READY = 3;
const LISTEN = 4;
