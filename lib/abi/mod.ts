/** Numbers and layouts of Linux's system calls. */
export { type Abi, abi, type Arch } from "./arch.ts";
export * from "./constants.ts";
export { ERRNO } from "./errno.ts";
export {
  decodeSockaddr,
  inetSockaddr,
  type Sockaddr,
  SockaddrIn,
  SockaddrIn6,
  SockaddrNl,
  SockaddrUn,
} from "./sockaddr.ts";
export { STRUCT } from "./structs.ts";
export type { SyscallName } from "./syscalls.ts";
