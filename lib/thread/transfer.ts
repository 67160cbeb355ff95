/**
 * Handing a descriptor from one process of a machine to another: SCM_RIGHTS of unix(7), over a socket in
 * a directory that nobody else can enter. The sender goes first at every step, so neither waits.
 */
import { AF, SOCK, SockaddrUn } from "../abi/mod.ts";
import "./descriptor_calls.ts";
import type { FileDescriptor } from "./descriptor.ts";
import type { Path } from "./path.ts";
import type { SyscallThread } from "./runner.ts";

/** Makes a descriptor of `to` for the open file of `fd` of `from`; `directory` is private to their user. */
export async function transfer(
  fd: FileDescriptor,
  from: SyscallThread,
  to: SyscallThread,
  directory: Path,
): Promise<FileDescriptor> {
  const address = new SockaddrUn(`${directory.join("descriptor")}`);
  await using listener = await to.listen(address, 1);
  await using sender = await from.socket(AF.UNIX, SOCK.STREAM);
  await sender.connect(address);
  await using receiver = await listener.accept();
  await sender.sendDescriptors(new Uint8Array(1), [fd]);
  const { fds } = await receiver.receiveDescriptors(1, 1);
  return fds[0]!;
}
