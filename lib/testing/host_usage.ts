/**
 * What the agent of a host and its first thread hold, as proc(5) on the host shows it through that thread:
 * no file of this machine tells of a host behind ssh.
 *
 * What is closed by the agent is closed a moment after it was asked to, so what is there twice in a row
 * counts.
 */
import { systemClock } from "../clock/mod.ts";
import type { Host } from "../hosts/mod.ts";
import type { Thread } from "../thread/mod.ts";

/** KiB that an agent may have more than before: what bulk passed through keeps its size. */
const MORE_MEMORY = 8192;
const PAUSE = 20;
/** Threads that a host keeps for calls that wait, as `ps` shows them, and their most. */
const HELPER = " bw-thread";
const MOST_HELPERS = 5;
/** Each kind of delay in an agent has a timer, made when it is first needed. */
const MOST_TIMERS = 4;

/** Descriptors, memory and processes of a host's agent. */
export interface HostUsage {
  /** By whose they are: what each descriptor leads to. */
  readonly descriptors: Readonly<Record<"agent" | "thread", readonly string[]>>;
  /** Of the agent's anonymous memory, which its threads share, in KiB that are resident. */
  readonly memory: number;
  /** The agent's children, threads and zombies among them. */
  readonly processes: readonly string[];
}

/** What is held now. */
export async function hostUsage({ thread, info }: Host): Promise<HostUsage> {
  const own = await thread.getpid();
  return {
    descriptors: {
      agent: await descriptors(thread, info.pid),
      thread: await descriptors(thread, own),
    },
    memory: await memory(thread, info.pid),
    processes: await children(thread, info.pid),
  };
}

/** What is held now and was not before, once that stays so; waits at most `deadline` milliseconds. */
export async function heldSince(before: HostUsage, host: Host, deadline = 2000): Promise<string[]> {
  const end = systemClock.now() + deadline;
  for (;;) {
    const held = difference(before, await hostUsage(host));
    if (held.length === 0 || systemClock.now() > end) return held;
    await systemClock.sleep(PAUSE);
  }
}

/** What `after` has that `before` had not, without what a host keeps. */
export function difference(before: HostUsage, after: HostUsage): string[] {
  const grown = after.memory - before.memory;
  const processes = without(after.processes, before.processes);
  const helpers = processes.filter((process) => process.endsWith(HELPER)).slice(0, MOST_HELPERS);
  const opened = without(after.descriptors.agent, before.descriptors.agent);
  return [
    ...without(opened, keptOpen(opened, helpers.length)).map((to) =>
      `descriptor of the agent: ${to}`
    ),
    ...without(after.descriptors.thread, before.descriptors.thread)
      .map((to) => `descriptor of the thread: ${to}`),
    ...(grown > MORE_MEMORY ? [`memory of the agent: ${grown} KiB`] : []),
    ...without(processes, helpers).map((process) => `process ${process}`),
  ];
}

/**
 * What an agent keeps open once it was needed: the list of its children, its timers, the pipe that
 * bulk goes through, of which it has both ends, and a socket to each helper thread.
 */
function keptOpen(opened: readonly string[], helpers: number): string[] {
  const pipe = opened.find((to, index) => to.startsWith("pipe:") && opened.indexOf(to) < index);
  return [
    ...opened.filter((to) => /^\/proc\/.*\/children$/.test(to)).slice(0, 1),
    ...opened.filter((to) => to === "anon_inode:[timerfd]").slice(0, MOST_TIMERS),
    ...opened.filter((to) => to === pipe),
    ...opened.filter((to) => to.startsWith("socket:")).slice(0, helpers),
  ];
}

/** The items of a list that are left when those of another one are taken away, each once. */
function without(items: readonly string[], others: readonly string[]): string[] {
  const left = [...items];
  for (const other of others) {
    const at = left.indexOf(other);
    if (at !== -1) left.splice(at, 1);
  }
  return left;
}

async function descriptors(thread: Thread, pid: number): Promise<string[]> {
  const directory = `/proc/${pid}/fd`;
  const names = (await thread.readDirectory(directory)).map(({ name }) => name);
  const targets = names.map((name) => thread.readlink(`${directory}/${name}`).catch(() => ""));
  // The directory itself was open while it was read.
  return (await Promise.all(targets)).filter((to) => to !== "" && to !== directory);
}

async function memory(thread: Thread, pid: number): Promise<number> {
  const status = await thread.readTextFile(`/proc/${pid}/status`);
  return Number(/^RssAnon:\s*(\d+)/m.exec(status)?.[1]);
}

async function children(thread: Thread, pid: number): Promise<string[]> {
  const found = await thread.readTextFile(`/proc/${pid}/task/${pid}/children`);
  const pids = found.split(" ").filter((text) => text !== "");
  return await Promise.all(pids.map(async (child) => {
    const name = await thread.readTextFile(`/proc/${child}/comm`).catch(() => "ended");
    return `${child} ${name.trim()}`;
  }));
}
