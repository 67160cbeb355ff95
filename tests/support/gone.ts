/** Waiting for processes that are nobody's children to be gone. */
import { POLL, programThread } from "bailiwick";
import { markedProcesses } from "bailiwick/testing";

/**
 * Waits until every process that carries the mark has ended, through a pidfd of each; says which have
 * not after `deadline` milliseconds.
 */
export async function expectGone(mark: string, deadline: number): Promise<void> {
  const thread = programThread();
  const end = performance.now() + deadline;
  for (const process of await markedProcesses(mark)) {
    const pid = Number(process.split(" ")[1]);
    const number = await thread.syscall("pidfd_open", pid, 0).catch(() => undefined);
    if (number === undefined) continue;
    await using fd = thread.adopt(number);
    const left = Math.max(0, end - performance.now());
    await thread.poll([{ fd, events: POLL.IN }], left);
  }
  const left = await markedProcesses(mark);
  if (left.length > 0) throw new Error(`After ${deadline} ms there are:\n${left.join("\n")}`);
}
