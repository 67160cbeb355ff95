/** Waiting for processes that are nobody's children to be gone. */
import { POLL, programThread } from "bailiwick";
import { markedProcesses } from "bailiwick/testing";

/**
 * Waits until every process that carries the mark has ended, and those that they started meanwhile, through
 * a pidfd of each; says which have not after `deadline` milliseconds.
 */
export async function expectGone(mark: string, deadline: number): Promise<void> {
  const end = performance.now() + deadline;
  for (;;) {
    const left = await markedProcesses(mark);
    if (left.length === 0) return;
    if (performance.now() > end) {
      throw new Error(`After ${deadline} ms there are:\n${left.join("\n")}`);
    }
    for (const process of left) await untilEnded(Number(process.split(" ")[1]), end);
  }
}

async function untilEnded(pid: number, end: number): Promise<void> {
  const thread = programThread();
  const number = await thread.syscall("pidfd_open", pid, 0).catch(() => undefined);
  if (number === undefined) return;
  await using fd = thread.adopt(number);
  await thread.poll([{ fd, events: POLL.IN }], Math.max(0, end - performance.now()));
}
