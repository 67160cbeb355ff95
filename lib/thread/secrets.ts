/**
 * Handing secrets to a process that is about to execute. A memory file is written, given to the service's
 * user, closed to others and sealed, before anything runs that could read it; a pipe is filled, and its
 * writing end closed by the exec. The process leaves no core.
 */
import { F, MFD, O, RLIMIT } from "../abi/mod.ts";
import type { Batch } from "./batch.ts";
import { setrlimit } from "./calls/resource.ts";
import type { Fd } from "./encoder.ts";
import { Secret, valueOf } from "./secret.ts";

/** Secrets by the variable that gets the path of each, or by the number of its descriptor. */
export type Secrets = Readonly<Record<string, Secret>>;

/** Whose files the secrets are; undefined: the process's. */
export interface SecretOwner {
  readonly uid: number;
  readonly gid: number;
}

const FIRST = 3;
const SEALS = F.SEAL_SEAL | F.SEAL_SHRINK | F.SEAL_GROW | F.SEAL_WRITE;

/**
 * Makes the files of secrets, which `give` is told of, and returns the variables that lead to them.
 *
 * @param isFree Whether the service has no other descriptor of a number.
 * @throws {TypeError} If one is none.
 */
export function addSecrets(
  b: Batch,
  secrets: Secrets,
  owner: SecretOwner | undefined,
  { isFree, give }: { isFree: (fd: number) => boolean; give: (fd: number, file: Fd) => void },
): Record<string, string> {
  const variables: Record<string, string> = {};
  // Numbers that are asked for go first.
  const byNumber = Object.entries(secrets).toSorted(([a], [b]) => +isNumber(b) - +isNumber(a));
  for (const [name, secret] of byNumber) {
    if (!(secret instanceof Secret)) {
      throw new TypeError(`secrets.${name} is no secret: give it as new Secret(value)`);
    }
    const number = isNumber(name) ? Number(name) : firstFree(isFree);
    give(number, secret.by === "pipe" ? addPipe(b, name, secret) : addFile(b, name, secret, owner));
    if (!isNumber(name)) variables[name] = `/proc/self/fd/${number}`;
  }
  // Not 0: a core that goes to a program, as core_pattern may say, is stopped by 1 only; core(5). It fails
  // where the hard limit is 0 already.
  b.add(setrlimit(RLIMIT.CORE, 1n).tried());
  return variables;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function firstFree(isFree: (fd: number) => boolean): number {
  let number = FIRST;
  while (!isFree(number)) number++;
  return number;
}

function addFile(b: Batch, name: string, secret: Secret, owner: SecretOwner | undefined): Fd {
  const fd = b.memfd(name, MFD.ALLOW_SEALING);
  b.writeAll(fd, valueOf(secret), `hand over the secret ${name}`);
  b.fchmod(fd, 0o400);
  if (owner) b.fchown(fd, owner.uid, owner.gid);
  b.fcntl(fd, F.ADD_SEALS, SEALS);
  b.lseek(fd, 0);
  return fd;
}

function addPipe(b: Batch, name: string, secret: Secret): Fd {
  const { read, write } = b.pipe();
  // One that holds less than it should is an error, and not a wait for ever.
  b.fcntl(write, F.SETFL, O.NONBLOCK);
  b.writeAll(write, valueOf(secret), `hand over the secret ${name}`);
  return read;
}
