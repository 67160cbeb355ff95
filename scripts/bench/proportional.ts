/** The memory of a process. */

/** Its own in KiB, without pages of files: of those, what counts as its part depends on who else has them mapped. */
export async function proportional(pid: number | "self"): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  const parts = text.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB$/gm);
  return parts.reduce((sum, [, kibibytes]) => sum + Number(kibibytes), 0);
}
