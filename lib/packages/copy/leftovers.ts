/**
 * The directories that copies are made in, as they are named and locked, and what killed ones have left.
 *
 * A directory is locked before anything is made in it, and the kernel drops the lock however a copy ends.
 * So one with content that is not locked is nobody's. One that is empty may be about to be locked: that
 * is nobody's when it is a minute older than one that was just made. Whatever is not the user's own, or
 * has something else in it, is left alone, and so is all on a file system without locks.
 */
import { AT, LOCK, O } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import type { Batch, Fd, FileDescriptor, Thread } from "../../thread/mod.ts";
import { isPrivate } from "../places.ts";
import { Below, type Place } from "./at.ts";
import { type ByteName, shown, toBytes } from "./names.ts";

const PREFIX = ".bailiwick-copy-";
const NAME = new RegExp(`^\\${PREFIX}[0-9a-f-]{36}$`);
const LOCK_NOW = LOCK.EX | LOCK.NB;
const MINUTE = 60_000_000_000n;
/** Room for the entries of a directory that a copy is made in. */
export const ROOM = 512;
/** Of a directory with more names than these bytes hold, the first are looked at. */
const LISTED = 64 * 1024;

/** The name of the copy in the directory that it is made in. */
export const WHOLE = "whole";

/** A new name for the directory of a copy. */
export function stageName(): ByteName {
  return `${PREFIX}${crypto.randomUUID()}`;
}

/** Locks the directory of a copy for as long as it is open. */
export function addLock(b: Batch, fd: Fd, name: ByteName): void {
  const what = `lock ${name}`;
  b.proceeding(() => b.call("flock", [fd, LOCK_NOW], { what }));
}

/**
 * Removes what killed copies have left in an open directory. What cannot be removed stays.
 *
 * @param now When a directory was made just now: nanoseconds by the host's clock.
 */
export async function sweep(thread: Thread, parent: FileDescriptor, now: bigint): Promise<void> {
  const names = await thread.batch((b) => {
    const at = new Below(b, placeIn(thread, parent, "."));
    const fd = at.open("", O.RDONLY | O.DIRECTORY);
    const listed = at.list(fd, LISTED);
    at.close(fd);
    return { listed };
  });
  const left = names.listed.map(({ name }) => name).filter((name) => NAME.test(name));
  await Promise.all(left.map(async (name) => {
    try {
      await removeLeft(thread, parent, name, now);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
    }
  }));
}

async function removeLeft(
  thread: Thread,
  parent: FileDescriptor,
  name: ByteName,
  now: bigint,
): Promise<void> {
  const { fd, uid, facts, listed } = await thread.batch((b) => {
    const at = new Below(b, placeIn(thread, parent, name));
    const fd = at.open("", O.RDONLY | O.DIRECTORY);
    b.call("flock", [fd, LOCK_NOW], { what: `lock ${name}` });
    return { fd, uid: b.geteuid(), facts: b.fstat(fd), listed: at.list(fd, ROOM) };
  });
  await using _locked = fd;
  const isCopy = listed.length === 1 && listed[0]!.name === WHOLE;
  const isOld = listed.length === 0 && facts.mtime < now - MINUTE;
  if (!isPrivate(facts, uid) || !(isCopy || isOld)) return;
  await thread.batch((b) => {
    new Below(b, placeIn(thread, fd, WHOLE)).remove("");
    const args = [parent, b.cstring(toBytes(name)), AT.REMOVEDIR];
    b.call("unlinkat", args, { what: `remove ${name}` });
  });
}

function placeIn(thread: Thread, directory: FileDescriptor, root: ByteName): Place {
  return { thread, directory: directory.number, root, shown: shown(root), openat2: false };
}
