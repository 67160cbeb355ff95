/** Processes, as this machine's /proc shows them. */

/** A process of a host, with its id on this machine. */
export interface HostProcess {
  readonly pid: number;
  /** State letter of proc(5): `Z` is a zombie. */
  readonly state: string;
  readonly command: string;
}

interface Entry extends HostProcess {
  readonly parent: number;
}

/**
 * The descendants of a process. The first process of a PID namespace is the ancestor of everything in it,
 * whatever else those processes do with their namespaces.
 */
export async function descendants(ancestor: number): Promise<HostProcess[]> {
  const children = Map.groupBy(await allProcesses(), (entry) => entry.parent);
  const found: HostProcess[] = [];
  const pending = [ancestor];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    for (const { parent: _, ...process } of children.get(pid) ?? []) {
      found.push(process);
      pending.push(process.pid);
    }
  }
  return found;
}

async function allProcesses(): Promise<Entry[]> {
  const pids = (await Array.fromAsync(Deno.readDir("/proc")))
    .map((entry) => Number(entry.name)).filter(Number.isInteger);
  return (await Promise.all(pids.map(readProcess))).filter((entry) => entry !== undefined);
}

async function readProcess(pid: number): Promise<Entry | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cmdline = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim();
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    return { pid, state: state!, parent: Number(parent), command: cmdline || name };
  } catch {
    return undefined; // It ended meanwhile.
  }
}
