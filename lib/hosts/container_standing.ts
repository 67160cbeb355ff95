/**
 * Containers that outlive the program. The host that one is on keeps its init, whose note says which container that
 * is; the next program sends an agent into its namespaces, which hands its stream over to the init.
 */
import { createHash } from "node:crypto";
import { CLONE, O } from "../abi/mod.ts";
import { checkUnforeseen } from "../agent/mod.ts";
import type { Thread } from "../thread/mod.ts";
import type { Standing } from "../wire/mod.ts";
import { agentIn, startAgent } from "./container_agent.ts";
import type { ContainerOptions } from "./container_options.ts";
import type { Host } from "./host.ts";
import { standingOf } from "./standing.ts";

/** A container that is to stand. */
export interface StandingContainer {
  /** What its agent stands for: it may see the files of the host that it is on, and so its systems. */
  readonly system: string;
  /** What the host that it is on is to keep with it. */
  readonly note: Uint8Array;
  /** Whether it is only to be looked at. */
  readonly isSeen: boolean;
  readonly options: ContainerOptions & { readonly name: string };
}

/** The namespaces that it may have, in the order in which they can be entered. */
const NAMESPACES = {
  user: CLONE.NEWUSER,
  ...{ ipc: CLONE.NEWIPC, uts: CLONE.NEWUTS, net: CLONE.NEWNET, cgroup: CLONE.NEWCGROUP },
  ...{ pid: CLONE.NEWPID, mnt: CLONE.NEWNS },
};
/** Of what a name can have, as a system. */
const [OTHER, LONGEST, DIGITS] = [/[^a-z0-9._-]+/g, 63, 12];

/**
 * How a container is to stand; nothing if it ends with its program.
 *
 * @throws {TypeError} If its host does.
 */
export function standingIn(
  { host }: Thread,
  name: string,
  options: ContainerOptions,
): StandingContainer | undefined {
  const standing = standingOf(options.standing);
  if (!standing || standing.mode === "plan") return undefined;
  if (!host.standing) {
    throw new TypeError(
      `${name} is to outlive the program, and is on ${host.name}, which does not`,
    );
  }
  const system = systemOf(standing.system, name);
  const { mode, after, upgrade } = standing;
  const { rootfs, unshare = 0, environment } = options;
  const made = { rootfs: rootfs === undefined ? null : `${rootfs}`, unshare, environment };
  return {
    system,
    note: new TextEncoder().encode(JSON.stringify({ container: system, ...made })),
    isSeen: mode === "look",
    options: {
      ...{ ...options, name },
      standing: { system, mode, upgrade, ...(after !== undefined && { after }) },
    },
  };
}

/** A system that is of this container alone. */
function systemOf(system: string, name: string): string {
  const both = `${system}.${name.toLowerCase().replaceAll(OTHER, "-")}`;
  if (both.length <= LONGEST && both.endsWith(`.${name}`)) return both;
  const hash = createHash("sha256").update(`${system}\0${name}`).digest("hex").slice(0, DIGITS);
  return `${both.slice(0, LONGEST - 1 - DIGITS)}-${hash}`;
}

/** The pid of its init, if it stands; one that was made otherwise is ended. */
export async function findContainer(
  thread: Thread,
  { system, note }: StandingContainer,
): Promise<number | undefined> {
  const all = thread.host.standing!.stands.filter(({ state }) => state === "kept");
  const found = all.find((each) => containerOf(each) === system);
  if (!found || `${found.note}` === `${note}`) return found?.pid;
  const init = thread.adoptProcess(found, `agent of ${system}`);
  await init[Symbol.asyncDispose]();
  return undefined;
}

function containerOf({ note }: Standing): string | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(note)).container;
  } catch {
    return undefined; // It is somebody else's.
  }
}

/** Sends an agent into a container, by which its own is reached. */
export async function enterContainer(
  thread: Thread,
  pid: number,
  { options }: StandingContainer,
): Promise<Host> {
  checkUnforeseen(`enter ${options.name}`);
  await using outside = await thread.clone();
  const channel = await agentIn(outside);
  await enter(outside, pid);
  // Whoever enters a PID namespace is not in it itself, but what it clones is.
  const child = await outside.clone();
  const inherited = { image: child.inherit(channel.image), inner: child.inherit(channel.inner) };
  try {
    const agent = { ...channel, ...inherited };
    return (await startAgent(child, agent, options)).host;
  } catch (error) {
    await child.process[Symbol.asyncDispose]();
    throw error;
  }
}

async function enter(thread: Thread, pid: number): Promise<void> {
  const names = Object.keys(NAMESPACES) as (keyof typeof NAMESPACES)[];
  const linkOf = (of: number | "self", name: string) => thread.readlink(`/proc/${of}/ns/${name}`);
  const others: (keyof typeof NAMESPACES)[] = [];
  for (const name of names) {
    if (await linkOf(pid, name) !== await linkOf("self", name)) others.push(name);
  }
  const open = others.map((name) => thread.open(`/proc/${pid}/ns/${name}`, O.RDONLY));
  for (const [index, fd] of (await Promise.all(open)).entries()) {
    await fd.setns(NAMESPACES[others[index]!]);
  }
}
