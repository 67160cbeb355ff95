/** Asking by HTTP/1.1 from a service's host. Only the first line of the answer is read. */
import { POLL } from "../../abi/mod.ts";
import { concat, SyscallError } from "../../agent/mod.ts";
import type { FileDescriptor } from "../../thread/mod.ts";
import type { HttpProbe } from "./readiness.ts";
import { inSeconds, quoted, TryError, type Trying } from "./trying.ts";
import { addConnect, checkConnected } from "./try_tcp.ts";

/** Bytes of an answer in which its first line must end. */
const MOST_LINE = 1024;
const NEWLINE = 0x0a;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: .*)?\r?\n/s;

/** Whether it answers with the right status. */
export async function tryHttp(probe: HttpProbe, trying: Trying): Promise<void> {
  const { address, path, host, status: [least, greatest] } = probe;
  const { clock, thread, timeout, signal } = trying;
  const end = clock.now() + timeout;
  const { fd, ...connected } = await thread.batch((b) => addConnect(b, address, timeout), {
    signal,
  });
  await using connection = fd;
  checkConnected(address, connected, trying);
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bailiwick\r\n` +
    "Accept: */*\r\nConnection: close\r\n\r\n";
  await connection.writeAll(request);
  const line = await firstLine(connection, end, trying);
  const [, status] = STATUS_LINE.exec(new TextDecoder("latin1").decode(line)) ?? [];
  if (status === undefined) {
    throw new TryError(`${address} answered ${quoted(line, trying.redaction)}, no HTTP`);
  }
  if (Number(status) >= least && Number(status) <= greatest) return;
  throw new TryError(`http://${host}${path} answered with status ${status}`);
}

/** What is answered up to its first line's end, to the end, or as far as a line may go. */
async function firstLine(fd: FileDescriptor, end: number, trying: Trying): Promise<Uint8Array> {
  const { clock, timeout, redaction } = trying;
  let answer: Uint8Array = new Uint8Array();
  while (!answer.includes(NEWLINE) && answer.length < MOST_LINE) {
    const bytes = await readSome(fd, Math.max(0, end - clock.now()), trying);
    if (bytes?.length === 0) break;
    if (bytes) answer = concat([answer, bytes]);
    else if (answer.length === 0) throw new TryError(`no answer within ${inSeconds(timeout)}`);
    else {
      const got = quoted(answer, redaction);
      throw new TryError(`no more than ${got} was answered within ${inSeconds(timeout)}`);
    }
  }
  if (answer.length === 0) throw new TryError("the connection was closed without an answer");
  return answer;
}

/** What comes within a time; nothing at the end; undefined if none came. */
async function readSome(
  fd: FileDescriptor,
  time: number,
  { thread, signal }: Trying,
): Promise<Uint8Array | undefined> {
  try {
    return await thread.batch((b) => {
      b.poll([{ fd, events: POLL.IN }], time);
      return b.read(fd, MOST_LINE);
    }, { signal });
  } catch (error) {
    if (error instanceof SyscallError && error.code === "EAGAIN") return undefined;
    throw error;
  }
}
