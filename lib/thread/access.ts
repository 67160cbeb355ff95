/** Why a user cannot reach a file: which directory on the way shuts it out. */
import { S } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import type { Metadata } from "./metadata.ts";
import { Path, type PathLike, shownPath } from "./path.ts";
import type { SyscallThread } from "./runner.ts";
import type { User } from "./user.ts";

const X_OK = 1;

/** A directory, or a file, that shuts a user out. */
export interface Shut {
  readonly path: string;
  readonly metadata: Metadata;
}

/**
 * The first directory on the way to an absolute path, or the file itself, that a user may not enter or
 * execute by its mode; undefined if its modes let the user through. One round trip.
 *
 * @example
 * ```ts
 * import { shutsOut, type Thread } from "bailiwick";
 *
 * async function checkData(thread: Thread, path: string): Promise<void> {
 *   const found = await shutsOut(thread, path, await thread.user("postgres"));
 *   if (found) throw new Error(`postgres cannot pass ${found.path}: chmod or chown it`);
 * }
 * ```
 */
export async function shutsOut(
  thread: SyscallThread,
  path: string,
  user: User,
): Promise<Shut | undefined> {
  const steps = stepsTo(new Path(thread.host, path));
  const found = await thread.batch((b) => b.proceeding(() => steps.map((step) => b.stat(step))));
  for (const [index, metadata] of found.entries()) {
    if (metadata && !mayEnter(metadata, user)) return { path: `${steps[index]!}`, metadata };
  }
  return undefined;
}

function stepsTo(path: Path): Path[] {
  const steps = [path];
  while (`${steps[0]!.parent}` !== `${steps[0]!}` && `${steps[0]!}` !== ".") {
    steps.unshift(steps[0]!.parent);
  }
  return steps;
}

function mayEnter({ mode, uid, gid }: Metadata, user: User): boolean {
  if (user.uid === 0) return true;
  const isMember = user.gid === gid || user.groups.includes(gid);
  const bits = user.uid === uid ? mode >> 6 : isMember ? mode >> 3 : mode;
  return (bits & X_OK) !== 0;
}

/** What shuts a user out of a path, in words. */
export function howShutOut({ path, metadata: { mode, uid } }: Shut, user: User): string {
  const octal = (mode & ~S.IFMT).toString(8).padStart(4, "0");
  return `${path} belongs to user ${uid} with mode ${octal}, so ${user} cannot pass`;
}

/**
 * The error of a start that a user was refused, with what shuts the user out; others stay as they are.
 *
 * @param places Where the refused call may have gone to, the likelier first.
 */
export async function explainDenied(
  thread: SyscallThread,
  places: readonly PathLike[],
  user: User,
  error: SyscallError,
): Promise<SyscallError> {
  for (const path of places.map(shownPath).filter((path) => path.startsWith("/"))) {
    const found = await shutsOut(thread, path, user).catch(() => undefined);
    if (!found) continue;
    const { syscall, errno, host } = error;
    const reason = howShutOut(found, user);
    const what = syscall === "chdir" ? `start in ${path}` : `execute ${path}`;
    const hints = { EACCES: remedy(thread, found.path, syscall) };
    return new SyscallError({ syscall, errno, host, what, reason, hints }, { cause: error });
  }
  return error;
}

function remedy({ host: { temporary } }: SyscallThread, path: string, syscall: string): string {
  if (path === temporary || path.startsWith(`${temporary}/`)) {
    return "make a temporary directory for that user: mkdtemp(prefix, { owner: user })";
  }
  return syscall === "chdir"
    ? "give it a directory that it can reach, as makeDirectory(path, { owner: user }) makes"
    : "if that is a package, deploy it for that user: deploy(thread, package, { user })";
}
