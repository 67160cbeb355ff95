/** Threads that look at a service: clones that hold nothing of their origin, such as its listening sockets. */
import type { Thread } from "../../thread/mod.ts";

/** Closes what a clone has inherited. Nothing else may open descriptors on it meanwhile. */
export async function closeInherited(clone: Thread): Promise<void> {
  const inherited = await clone.unheld();
  await clone.batch((b) => inherited.forEach((fd) => b.close(fd)));
}

/** A clone that has closed what it inherited. */
export async function ownThread(thread: Thread): Promise<Thread> {
  const clone = await thread.clone();
  try {
    await closeInherited(clone);
    return clone;
  } catch (error) {
    await clone[Symbol.asyncDispose]();
    throw error;
  }
}
