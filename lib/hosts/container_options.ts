import type { PathLike } from "../thread/mod.ts";
import type { HostOptions } from "./host.ts";

/** How a container is made. */
export interface ContainerOptions extends HostOptions {
  /**
   * The directory that is its root; else it sees the host's files. It gets proc, dev and tmp in it, with
   * the devices that programs count on.
   */
  rootfs?: PathLike;
  /**
   * Namespaces of its own besides those for processes and mounts: CLONE.NEWNET, CLONE.NEWUTS,
   * CLONE.NEWIPC, CLONE.NEWUSER. An ordinary user always gets CLONE.NEWUSER, and is root in it.
   */
  unshare?: number;
  /**
   * As for any host. The host that it is on must stand, too: the container goes on with it, and the next program
   * finds it by its name; one that is made otherwise is ended, and made anew.
   */
  standing?: NonNullable<HostOptions["standing"]>;
}
