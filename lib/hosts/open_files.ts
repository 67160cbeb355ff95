/**
 * The limit of open files that the program was started with. Deno raises its own to the hard one when it
 * starts, and nothing tells what it was; what servers expect, select(2) among their reasons, is a low one.
 */
import { RLIMIT } from "../abi/mod.ts";
import { programThread } from "./program_thread.ts";

/** What Linux and systemd start everything with. */
const USUAL = 1024;

/** The soft limit of the program's parent, if it is lower than the program's own; else the usual one. */
export async function usualOpenFiles(): Promise<number> {
  const { soft } = await programThread().getrlimit(RLIMIT.NOFILE);
  const parents = await limitOf(Deno.ppid);
  return parents !== undefined && parents < Number(soft) ? parents : USUAL;
}

/** Another process's soft limit; nothing if it is none of this user's, or gone. */
async function limitOf(pid: number): Promise<number | undefined> {
  try {
    const limits = await Deno.readTextFile(`/proc/${pid}/limits`);
    const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
