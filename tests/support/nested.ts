/** Hosts inside hosts, for tests that want one host to close. */
import { type Host, type HostOptions, localHost, type Thread } from "bailiwick";

/** Makes a host from a thread of this machine, and closes this machine's agent after it. */
export function nested(
  make: (thread: Thread, options: HostOptions) => Promise<Host>,
): (options: HostOptions) => Promise<Host> {
  return async (options) => {
    const outer = await localHost(options);
    try {
      const inner = await make(outer.thread, options);
      const close = inner.close.bind(inner);
      inner.close = async () => {
        await close();
        await outer.close();
      };
      return inner;
    } catch (error) {
      await outer.close();
      throw error;
    }
  };
}
