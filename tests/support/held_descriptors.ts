/** Descriptors that a test gives to a standing agent to hold, and takes from it. */
import assert from "node:assert/strict";
import { abi } from "../../lib/abi/mod.ts";
import { PSEUDO, ResultRef } from "../../lib/wire/mod.ts";
import { EBADF } from "./errno.ts";
import type { RawAgent } from "./raw_agent.ts";

const { close, fcntl, fstat, socket } = abi("x86_64").syscalls;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const F_GETFD = 1;
const FD_CLOEXEC = 1;
const STAT_SIZE = 144;

/** Makes a socket, which is held then and nowhere else; its inode, and what HOLD answered. */
export async function holdSocket(
  agent: RawAgent,
  name: string,
  note: Uint8Array = new Uint8Array(),
) {
  const { reply, built } = await agent.call(1, (b) => {
    const fd = new ResultRef(b.call(socket, [AF_UNIX, SOCK_STREAM, 0]));
    const stat = b.room(STAT_SIZE);
    b.call(fstat, [fd, stat]);
    const hold = [fd, b.cstring(name), b.put(note), note.length];
    const held = b.call(PSEUDO.HOLD, hold, { proceed: true });
    b.call(close, [fd]);
    const gone = b.call(fstat, [fd, b.room(STAT_SIZE)], { proceed: true });
    return { held, gone, stat: b.output(stat, STAT_SIZE) };
  });
  assert.equal(reply.result(built.gone), -EBADF);
  return { result: reply.result(built.held), inode: inodeOf(reply.output(built.stat)) };
}

/** What TAKE answered, and the inode of what came, which is closed again. */
export async function take(agent: RawAgent, name: string) {
  const { reply, built } = await agent.call(1, (b) => {
    const taken = b.call(PSEUDO.TAKE, [b.cstring(name)], { proceed: true, opens: "result" });
    const stat = b.room(STAT_SIZE);
    b.call(fstat, [new ResultRef(taken), stat], { proceed: true });
    const flags = b.call(fcntl, [new ResultRef(taken), F_GETFD], { proceed: true });
    b.call(close, [new ResultRef(taken)], { proceed: true });
    return { taken, flags, stat: b.output(stat, STAT_SIZE) };
  });
  const result = reply.result(built.taken);
  if (result >= 0) assert.equal(reply.result(built.flags), FD_CLOEXEC);
  return { result, inode: inodeOf(reply.output(built.stat)) };
}

function inodeOf(stat: Uint8Array): bigint {
  return new DataView(stat.buffer, stat.byteOffset).getBigUint64(8, true);
}
