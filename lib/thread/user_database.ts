/**
 * Finding users and groups of a host: in its /etc/passwd and /etc/group, in one round trip, and by its
 * getent(1) where these do not have them, or where /etc/nsswitch.conf names other places for groups.
 */
import type { SyscallThread } from "./runner.ts";
import { addReadStart, startText } from "./small_files.ts";
import { User, type UserData } from "./user.ts";

/** Runs getent(1) and returns what it prints; undefined if it finds nothing, or is not there. */
export type Getent = (database: string, key: string) => Promise<string | undefined>;

/** A host has no user or group of a name or number. */
export class UnknownUserError extends Error {
  override readonly name = "UnknownUserError";
  readonly host: string;

  constructor(kind: "user" | "group", who: string | number, host: string) {
    const named = typeof who === "number" ? `the number ${who}` : `the name ${who}`;
    super(
      `There is no ${kind} of ${named} on host ${host}: neither its /etc/${
        FILES[kind]
      } nor getent(1) ` +
        `has it; install what makes it, or make it by ${kind}add(8)`,
    );
    this.host = host;
  }
}

const FILES = { user: "passwd", group: "group" } as const;
/** Bytes of a database that come in the first round trip. */
const FIRST = 128 * 1024;
const MOST_ID = 0xffff_fffe;
/** Sources of /etc/nsswitch.conf whose supplementary groups stand in /etc/group. */
const LOCAL: ReadonlySet<string> = new Set(["files", "compat", "systemd"]);

/**
 * The user of a name or number.
 *
 * @throws {UnknownUserError} If there is none.
 */
export async function findUser(
  thread: SyscallThread,
  who: string | number,
  getent: Getent,
): Promise<User> {
  checkKey("user", who);
  const files = await read(thread);
  const account = accountIn(files.passwd, who) ??
    accountIn(await getent("passwd", `${who}`) ?? "", who);
  if (!account) throw new UnknownUserError("user", who, thread.host.name);
  const { name, gid } = account;
  const asked = isLocal(files.nsswitch) ? undefined : await getent("initgroups", name);
  const all = asked === undefined ? groupsIn(files.group, name) : numbersIn(asked);
  const groups = [...new Set(all)].filter((group) => group !== gid);
  return new User(thread.host, { ...account, groups });
}

/**
 * The numbers of groups.
 *
 * @throws {UnknownUserError} If one of them is not there.
 */
export async function findGroups(
  thread: SyscallThread,
  names: readonly (string | number)[],
  getent: Getent,
): Promise<number[]> {
  for (const name of names) checkKey("group", name);
  if (names.every((name) => typeof name === "number")) return [...names];
  const { group } = await read(thread);
  return await Promise.all(names.map(async (name) => {
    if (typeof name === "number") return name;
    const gid = groupIn(group, name) ?? groupIn(await getent("group", name) ?? "", name);
    if (gid === undefined) throw new UnknownUserError("group", name, thread.host.name);
    return gid;
  }));
}

function checkKey(kind: "user" | "group", who: string | number): void {
  if (typeof who === "number") {
    if (Number.isInteger(who) && who >= 0 && who <= MOST_ID) return;
    throw new RangeError(`The number of a ${kind} is from 0 to ${MOST_ID}, not ${who}`);
  }
  if (typeof who === "string" && /^[^:\n\0]+$/.test(who)) return;
  throw new TypeError(`A ${kind} is a name or a number, not ${JSON.stringify(who)}`);
}

/** The databases, empty where there is none. */
async function read(thread: SyscallThread) {
  const [passwd, group, nsswitch] = await thread.batch((b) => [
    addReadStart(b, "/etc/passwd", FIRST),
    addReadStart(b, "/etc/group", FIRST),
    addReadStart(b, "/etc/nsswitch.conf", FIRST),
  ]);
  return {
    passwd: await whole(thread, "/etc/passwd", passwd),
    group: await whole(thread, "/etc/group", group),
    nsswitch: await whole(thread, "/etc/nsswitch.conf", nsswitch),
  };
}

async function whole(
  thread: SyscallThread,
  path: string,
  start: Uint8Array | undefined,
): Promise<string> {
  if (start?.length === FIRST) return await thread.readTextFile(path);
  return startText(start);
}

/** The lines of a database, cut into their fields. */
function fieldsOf(text: string): string[][] {
  return text.split("\n").map((line) => line.split(":"));
}

/** passwd(5). */
function accountIn(passwd: string, who: string | number): Omit<UserData, "groups"> | undefined {
  for (const [name, , uid, gid, , home, shell] of fieldsOf(passwd)) {
    if (!name || !isNumber(uid) || !isNumber(gid)) continue;
    if (typeof who === "number" ? Number(uid) !== who : name !== who) continue;
    const account = { name, uid: Number(uid), gid: Number(gid) };
    return { ...account, home: home || "/", shell: shell || "/bin/sh" };
  }
  return undefined;
}

/** group(5): the groups that a user is named in. */
function groupsIn(group: string, user: string): number[] {
  return fieldsOf(group)
    .filter(([, , gid, members]) => isNumber(gid) && members?.split(",").includes(user))
    .map(([, , gid]) => Number(gid));
}

function groupIn(group: string, name: string): number | undefined {
  const found = fieldsOf(group).find(([each, , gid]) => each === name && isNumber(gid));
  return found && Number(found[2]);
}

/** What `getent initgroups` prints: a name, and numbers. */
function numbersIn(line: string): number[] {
  return line.trim().split(/\s+/).slice(1).filter(isNumber).map(Number);
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text);
}

/** Whether the supplementary groups of all users stand in /etc/group, as far as nsswitch.conf(5) says. */
function isLocal(nsswitch: string): boolean {
  const sources = nsswitch.split("\n")
    .flatMap((line) => line.match(/^\s*(?:group|initgroups)\s*:([^#]*)/)?.[1] ?? [])
    .flatMap((list) => list.replaceAll(/\[.*?\]/g, " ").trim().split(/\s+/));
  return sources.every((source) => LOCAL.has(source));
}
