/** Processes of this machine. */

/** A process, told apart from a later one with its number by when it began. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** In ticks of the kernel's clock since it was booted. */
  readonly began: string;
}

/** The process that has this number; nothing if there is none, or it has ended. */
export function processOf(pid: number): Process | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  // proc(5): the name may hold anything, so fields are counted from its end.
  const [state, parent, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" ? undefined : { pid, parent: Number(parent), began: fields[17]! };
}

/** A file of /proc about a process; nothing if that has ended. */
export function readProc(pid: number, file: "stat" | "cmdline"): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return undefined;
  }
}
