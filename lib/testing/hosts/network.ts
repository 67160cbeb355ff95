/** Several test hosts on this machine, joined by a bridge that nothing else is on. */
import { run } from "./command.ts";
import { makeKeys, sshConfig, writeFiles } from "./files.ts";
import { TestHost, type TestHostPlace } from "./host.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import { testHostsAvailable } from "./requirements.ts";
import { Subnet } from "./subnet.ts";

const FIRST_ADDRESS = 2;
const MOST_HOSTS = 250;

/** What a test network is made of. */
export interface TestNetworkOptions {
  /** How many hosts, 1 to 250; they are named host0, host1, … */
  hosts: number;
  /** Further accounts on each host, with their login shells; `user` with /bin/sh is always there. */
  users?: Readonly<Record<string, string>>;
}

/**
 * Hosts for tests: each has its own network namespace, address, processes, host name and writable places,
 * and a sshd with its own key and a default configuration. This process and the hosts reach each other by
 * address; nothing is routed elsewhere.
 *
 * @example
 * ```ts no-eval
 * import { TestNetwork } from "bailiwick/testing";
 *
 * await using net = await TestNetwork.make({ hosts: 2 });
 * await new Deno.Command("ssh", { args: ["-F", net.sshConfig, "host0", "ssh host1 uname -n"] }).output();
 * ```
 */
export class TestNetwork {
  readonly #subnet: Subnet;
  readonly #relays: Relay[] = [];
  readonly #hosts: TestHost[] = [];
  #relayCount = 0;
  #closed: Promise<void> | undefined;

  private constructor(subnet: Subnet) {
    this.#subnet = subnet;
  }

  /**
   * Makes the hosts and returns when all can be connected to.
   *
   * @throws {Error} If this machine can't have test hosts; the message names what is missing.
   * @throws {RangeError} If the number of hosts is not 1 to 250.
   */
  static async make(options: TestNetworkOptions): Promise<TestNetwork> {
    const { hosts, users = {} } = options;
    if (!Number.isInteger(hosts) || hosts < 1 || hosts > MOST_HOSTS) {
      throw new RangeError(`Cannot make ${hosts} hosts: 1 to ${MOST_HOSTS} fit in a network`);
    }
    const { ok, why } = testHostsAvailable();
    if (!ok) throw new Error(why);
    const net = new TestNetwork(await Subnet.take());
    try {
      await net.#start(hosts, { user: "/bin/sh", ...users });
      return net;
    } catch (error) {
      await net.close();
      throw error;
    }
  }

  get hosts(): readonly TestHost[] {
    return this.#hosts;
  }

  /** ssh_config(5) file: `ssh -F net.sshConfig host0` works from this process, as root. */
  get sshConfig(): string {
    return `${this.directory}/ssh_config`;
  }

  /** The same, with the hosts reached by IPv6. */
  get sshConfig6(): string {
    return `${this.directory}/ssh_config6`;
  }

  /** Directory of the network's files: `id` (the key that every account accepts), `known_hosts`. */
  get directory(): string {
    return this.#subnet.directory;
  }

  /** This process's address in the network. */
  get gateway(): string {
    return this.#subnet.address(1);
  }

  /** An address of the network that nobody answers at. */
  get deadAddress(): string {
    return this.#subnet.address(254);
  }

  /** Puts a relay in front of a host; it ends with the network if it is not closed before. */
  async relay(host: TestHost, options: RelayOptions = {}): Promise<Relay> {
    const file = `${this.directory}/ssh_config_relay${this.#relayCount++}`;
    const writeSshConfig = async (port: number) => {
      const entry = { name: host.name, address: this.gateway, port };
      await Deno.writeTextFile(file, sshConfig(this.directory, [entry]));
      return file;
    };
    const relay = await Relay.start(host, { listenAddress: this.gateway, writeSshConfig }, options);
    this.#relays.push(relay);
    return relay;
  }

  /** Removes everything: processes, links, files. Closing twice is fine. */
  async close(): Promise<void> {
    await (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(count: number, users: Readonly<Record<string, string>>): Promise<void> {
    const places = Array.from({ length: count }, (_, i): TestHostPlace => ({
      name: `host${i}`,
      address: this.#subnet.address(FIRST_ADDRESS + i),
      address6: this.#subnet.address6(FIRST_ADDRESS + i),
      link: this.#subnet.link(i),
      directory: this.directory,
    }));
    await makeKeys(this.directory, places);
    await writeFiles(this.directory, places, users);
    await this.#makeBridge();
    const starts = await Promise.allSettled(places.map((place) => TestHost.start(place)));
    for (const start of starts) if (start.status === "fulfilled") this.#hosts.push(start.value);
    for (const start of starts) if (start.status === "rejected") throw start.reason;
    await this.#joinBridge(places);
  }

  async #makeBridge(): Promise<void> {
    const { bridge, linkGroup } = this.#subnet;
    await batch([
      `link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${bridge} group ${linkGroup} addrgenmode none`,
    ]);
    // Where containers have no IPv6 unless they ask, this asks.
    await Deno.writeTextFile(`/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`, "0");
    await batch([
      `address add ${this.gateway}/24 dev ${bridge}`,
      `address add ${this.#subnet.address6(1)}/112 dev ${bridge} nodad`,
      `link set ${bridge} up`,
    ]);
  }

  async #joinBridge(places: readonly TestHostPlace[]): Promise<void> {
    const { bridge, linkGroup } = this.#subnet;
    await batch(places.flatMap(({ link }) => [
      `link set ${link} group ${linkGroup} addrgenmode none`,
      `link set ${link} master ${bridge} up`,
    ]));
  }

  async #close(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.close()));
    await Promise.all(this.#hosts.map((host) => host.stop()));
    await this.#subnet.release();
  }
}

async function batch(lines: readonly string[]): Promise<void> {
  await run(["ip", "-batch", "-"], `${lines.join("\n")}\n`);
}
