/** Users of a host, as data: what its databases say of them. */
import type { HostInfo } from "./host_info.ts";

/** What a host knows of a user. */
export interface UserData {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  /** The supplementary groups, without the primary one. */
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
}

/**
 * A user of a host; see {@linkcode CommandThread.user}.
 *
 * @example One that its host's databases do not have
 * ```ts
 * import { type Thread, User } from "bailiwick";
 *
 * function tenant(thread: Thread, uid: number): User {
 *   const data = { name: `tenant-${uid}`, uid, gid: uid, groups: [], home: "/", shell: "/bin/sh" };
 *   return new User(thread.host, data);
 * }
 * ```
 */
export class User implements UserData {
  readonly host: HostInfo;
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;

  /** @param data What the host says; nobody is asked whether it is so. */
  constructor(host: HostInfo, data: UserData) {
    this.host = host;
    this.name = data.name;
    this.uid = data.uid;
    this.gid = data.gid;
    this.groups = Object.freeze([...data.groups]);
    this.home = data.home;
    this.shell = data.shell;
  }

  /** @throws {TypeError} If the user is of another host, where its numbers may be somebody else's. */
  checkHost(host: HostInfo): void {
    if (host === this.host) return;
    throw new TypeError(
      `${this} is a user of host ${this.host.name} and cannot be used on host ${host.name}: ` +
        "give the name, or ask a thread of that host by thread.user(name)",
    );
  }

  toString(): string {
    return this.name;
  }

  toJSON(): UserData {
    const { name, uid, gid, groups, home, shell } = this;
    return { name, uid, gid, groups, home, shell };
  }
}
