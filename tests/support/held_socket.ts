/** A listening socket that outlives the services on it, and the rules that hold for those. */
import assert from "node:assert/strict";
import { AF, F, type FileDescriptor, O, SO, SOCK, SockaddrIn, SOL, type Thread } from "bailiwick";

/** What no service on a held socket may change, since the next one gets it as it is. */
const OPTIONS = [
  "REUSEADDR",
  "KEEPALIVE",
  "RCVBUF",
  "SNDBUF",
  "OOBINLINE",
  "PRIORITY",
  "RCVLOWAT",
] as const;

/** A listening TCP socket on this machine. */
export class HeldSocket implements AsyncDisposable {
  private constructor(
    readonly fd: FileDescriptor,
    readonly port: number,
    readonly before: Readonly<Record<string, number>>,
  ) {}

  static async listen(thread: Thread): Promise<HeldSocket> {
    const fd = await thread.socket(AF.INET, SOCK.STREAM | SOCK.NONBLOCK);
    await fd.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
    await fd.bind(new SockaddrIn("127.0.0.1", 0));
    await fd.listen(1024);
    const address = await fd.getsockname();
    assert.ok("port" in address);
    return new HeldSocket(fd, address.port, await stateOf(fd));
  }

  /** It listens, and is as it was made. Asked for after each replacement of the service on it. */
  async expectUnchanged(): Promise<void> {
    assert.deepEqual(await stateOf(this.fd), this.before);
    assert.deepEqual([this.before["ACCEPTCONN"], this.before["NONBLOCK"]], [1, O.NONBLOCK]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fd.close();
  }
}

async function stateOf(fd: FileDescriptor): Promise<Record<string, number>> {
  const state: Record<string, number> = { NONBLOCK: await fd.fcntl(F.GETFL) & O.NONBLOCK };
  for (const option of ["ACCEPTCONN", ...OPTIONS] as const) {
    state[option] = await fd.getsockopt(SOL.SOCKET, SO[option]);
  }
  return state;
}
