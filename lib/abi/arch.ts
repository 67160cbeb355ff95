import * as aarch64 from "./aarch64.ts";
import { O } from "./constants.ts";
import type { SyscallName } from "./syscalls.ts";
import * as x86_64 from "./x86_64.ts";

/** An architecture that an agent is built for, as uname(2) names it. */
export type Arch = "x86_64" | "aarch64";

/** What differs between architectures. */
export interface Abi {
  readonly arch: Arch;
  /** Number of each system call. */
  readonly syscalls: Readonly<Record<SyscallName, number>>;
  /** `struct epoll_event`, which only x86_64 packs. */
  readonly epollEvent: { readonly SIZE: number; readonly data: number };
  /** Translates flags of {@linkcode O} for open(2) of the architecture. */
  openFlags(flags: number): number;
}

/** The structure's first field are 32 bits of events, its second 64 bits of data. */
const EPOLL_EVENT = {
  x86_64: { SIZE: 12, data: 4 },
  aarch64: { SIZE: 16, data: 8 },
} as const satisfies Record<Arch, unknown>;

const NUMBERS = { x86_64, aarch64 } as const satisfies Record<Arch, unknown>;

/** The bits that move. TMPFILE needs no entry: its own bit is the same, and the rest is DIRECTORY. */
const MOVING = ["DIRECT", "LARGEFILE", "DIRECTORY", "NOFOLLOW"] as const;

/** The numbers of an architecture. */
export function abi(arch: Arch): Abi {
  const { SYSCALLS, OPEN_FLAGS } = NUMBERS[arch];
  const openFlags = (flags: number) => {
    let translated = flags;
    for (const name of MOVING) translated &= ~O[name];
    for (const name of MOVING) if (flags & O[name]) translated |= OPEN_FLAGS[name];
    return translated;
  };
  return { arch, syscalls: SYSCALLS, epollEvent: EPOLL_EVENT[arch], openFlags };
}
