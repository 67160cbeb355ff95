/**
 * Control groups of services whose processes are limited together: cgroups(7), version 2.
 *
 * A group that passes controllers on holds no processes itself, unless it is the root. So a service's group
 * cannot be below the agent's, and is made in the nearest group above that one in which groups can have the
 * controllers. It goes when the service has ended. If its host is closed, or the program killed, before that,
 * it stays, empty and named by an agent that is gone: the next program that limits services there removes it.
 */
import { O } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import type { Batch } from "./batch.ts";
import { mkdir, stat } from "./calls/stat.ts";
import { rmdir } from "./calls/unistd_files.ts";
import type { HostInfo } from "./host_info.ts";
import type { GroupLimits } from "./limits.ts";
import type { SyscallThread } from "./runner.ts";
import { addReadStart, startText } from "./small_files.ts";

/** The limits of a service's processes together cannot be set on a host; the message says why for each place. */
export class LimitError extends Error {
  override readonly name = "LimitError";
  readonly host: string;

  constructor(host: string, limits: string, reasons: readonly string[]) {
    super(
      `Cannot limit ${limits} on host ${host}: that needs a cgroup of version 2 which can be written and has ` +
        `the controllers for it\n  ${reasons.join("\n  ")}`,
    );
    this.host = host;
  }
}

const CONTROLLERS = { memory: "memory", cpu: "cpu", tasks: "pids" } as const;
const PREFIX = "bailiwick-service-";
const W_OK = 2;
const PERIOD = 100_000;
/** Round trips in which the kernel may end what was left in a group. */
const TRIES = 50;

const parents = new WeakMap<HostInfo, Map<string, Promise<string>>>();

/**
 * The group in which services with these limits get theirs, made ready for them; found once for a host.
 *
 * @throws {LimitError} If there is none.
 */
export async function groupsParent(thread: SyscallThread, limits: GroupLimits): Promise<string> {
  const names = namesOf(limits);
  let known = parents.get(thread.host);
  if (!known) parents.set(thread.host, known = new Map());
  const key = names.join(" ");
  const finding = known.get(key) ?? find(thread, names);
  known.set(key, finding);
  try {
    return await finding;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}

function namesOf(limits: GroupLimits): (keyof GroupLimits)[] {
  return (Object.keys(CONTROLLERS) as (keyof GroupLimits)[]).filter((name) =>
    limits[name] !== undefined
  );
}

async function find(
  thread: SyscallThread,
  limits: readonly (keyof GroupLimits)[],
): Promise<string> {
  const needed = limits.map((name) => CONTROLLERS[name]);
  const { places, reason } = await placesOf(thread, needed);
  const reasons: string[] = [];
  for (const place of places) {
    const problem = await makeReady(thread, place, needed);
    if (problem === undefined) {
      await sweep(thread, place).catch(() => {});
      return place;
    }
    reasons.push(`${place}: ${problem}`);
  }
  throw new LimitError(thread.host.name, limits.join(", "), [...reasons, ...reason]);
}

/** The groups above that of the thread, the nearest first, and what there is to say of version 1. */
async function placesOf(thread: SyscallThread, needed: readonly string[]) {
  const [cgroups, mounts] = await Promise.all([
    thread.readTextFile("/proc/self/cgroup"),
    thread.readTextFile("/proc/self/mountinfo"),
  ]);
  const own = /^0::(.*)$/m.exec(cgroups)?.[1];
  const [mount] = mounts.split("\n").map((line) => line.split(" "))
    .filter((fields) => fields[fields.indexOf("-") + 1] === "cgroup2")
    .map(([, , , root = "", point = ""]) => ({ root: unescape(root), point: unescape(point) }))
    .filter(({ root }) => own !== undefined && isBelow(own, root));
  const first = needed.filter((name) =>
    new RegExp(`^[1-9]\\d*:.*\\b${name}\\b`, "m").test(cgroups)
  );
  const reason = [
    ...(mount
      ? []
      : ["no cgroup file system of version 2 is mounted where the host's threads see it"]),
    ...(first.length === 0 ? [] : [
      `version 1 has ${first.join(", ")} there: start its kernel with cgroup_no_v1=all ` +
      "(systemd.unified_cgroup_hierarchy=1)",
    ]),
  ];
  if (!mount || own === undefined) return { places: [], reason };
  const names = own.slice(mount.root.length).split("/").filter((name) => name !== "");
  const above = names.map((_, index) => [mount.point, ...names.slice(0, index)].join("/"));
  return { places: above.length === 0 ? [mount.point] : above.toReversed(), reason };
}

function isBelow(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`);
}

/** Blanks in mountinfo are octal. */
function unescape(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}

/** Why groups in this one cannot have the controllers; undefined if they can. */
async function makeReady(
  thread: SyscallThread,
  place: string,
  needed: readonly string[],
): Promise<string | undefined> {
  try {
    const [has, passes] = await Promise.all(
      ["cgroup.controllers", "cgroup.subtree_control"].map(async (file) =>
        (await thread.readTextFile(`${place}/${file}`)).trim().split(" ")
      ),
    );
    const missing = needed.filter((name) => !has!.includes(name));
    if (missing.length > 0) return `it has no controller ${missing.join(", ")}`;
    await thread.access(place, W_OK);
    const more = needed.filter((name) => !passes!.includes(name)).map((name) => `+${name}`);
    if (more.length === 0) return undefined;
    await thread.batch((b) => addWrite(b, `${place}/cgroup.subtree_control`, more.join(" ")));
    return undefined;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === "EBUSY") {
      return "it holds processes, so groups in it can have no controllers";
    }
    return error.message;
  }
}

/** Removes the groups whose agent is not there any more; what still holds processes stays. */
async function sweep(thread: SyscallThread, place: string): Promise<void> {
  const groups = (await thread.readDirectory(place)).flatMap(({ name }) => {
    const agent = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    return agent === undefined ? [] : [{ name, agent }];
  });
  const agents = await thread.batch((b) =>
    groups.map(({ agent }) => b.add(stat(`/proc/${agent}`).tried()))
  );
  const left = groups.filter((_, index) => !agents[index]);
  await thread.batch((b) => left.map(({ name }) => b.add(rmdir(`${place}/${name}`).tried())));
}

/** The path of the group of one service. */
export function groupPath({ pid }: HostInfo, parent: string, instance: bigint): string {
  return `${parent}/${PREFIX}${pid}-${instance.toString(16).padStart(16, "0")}`;
}

/** Makes a service's group, and has the process enter it. */
export function addGroup(b: Batch, path: string, { memory, cpu, tasks }: GroupLimits): void {
  b.add(mkdir(path, 0o755));
  if (memory !== undefined) {
    addWrite(b, `${path}/memory.max`, `${memory === Infinity ? "max" : memory}`);
    // Since 4.19: all of the service is killed, not just some process of it.
    b.proceeding(() => addWrite(b, `${path}/memory.oom.group`, "1"));
  }
  if (cpu !== undefined) addWrite(b, `${path}/cpu.max`, `${Math.round(cpu * PERIOD)} ${PERIOD}`);
  if (tasks !== undefined) {
    addWrite(b, `${path}/pids.max`, `${tasks === Infinity ? "max" : tasks}`);
  }
  addWrite(b, `${path}/cgroup.procs`, "0");
}

function addWrite(b: Batch, path: string, text: string): void {
  const fd = b.open(path, O.WRONLY);
  b.writeAll(fd, text, `write ${text} to ${path}`);
  b.close(fd);
}

/**
 * Ends what is left in a group and removes it.
 *
 * @returns Whether the kernel has killed the service, since its memory was at its limit.
 */
export async function removeGroup(thread: SyscallThread, path: string): Promise<boolean> {
  const events = await thread.batch((b) =>
    b.proceeding(() => {
      const text = addReadStart(b, `${path}/memory.events`, 4096);
      addWrite(b, `${path}/cgroup.kill`, "1");
      return text;
    })
  );
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      await thread.rmdir(path);
      break;
    } catch (error) {
      if (!(error instanceof SyscallError) || error.code !== "EBUSY") break;
    }
  }
  return /^oom_kill [1-9]/m.test(startText(events));
}
