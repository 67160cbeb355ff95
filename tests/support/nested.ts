/** Hosts that need something else to be there, and gone again after them. */
import { type Host, type HostOptions, localHost, sshHost, type Thread } from "bailiwick";
import { TestNetwork } from "bailiwick/testing";

/** Makes hosts from a thread of this machine. */
export function nested(
  make: (thread: Thread, options: HostOptions) => Promise<Host>,
): (options: HostOptions) => Promise<Host> {
  return async (options) => {
    const outer = await localHost(options);
    return await outliving(outer, () => make(outer.thread, options), () => outer.close());
  };
}

/** Makes hosts on a test network of their own, whose machines must be empty when they are closed. */
export function onNetwork(
  hosts: number,
  make: (network: TestNetwork, options: HostOptions) => Promise<Host>,
): (options: HostOptions) => Promise<Host> {
  return async (options) => {
    const network = await TestNetwork.make({ hosts });
    const end = async () => {
      await using _ = network;
      for (const host of network.hosts) await host.untilEmpty();
    };
    return await outliving(network, () => make(network, options), end);
  };
}

/** A host over ssh, and inside it another, `deep` of them. */
export async function sshChain(
  network: TestNetwork,
  deep: number,
  options: HostOptions,
): Promise<Host> {
  const outer = await sshHost({ to: "host0", config: network.sshConfig }, options);
  let inner = outer;
  for (let i = 1; i < deep; i++) {
    const from = inner;
    const make = () => sshHost({ to: `host${i}` }, { ...options, from: from.thread });
    inner = await outliving(from, make, () => from.close());
  }
  return inner;
}

/** Makes a host that ends something else when it has been closed, or could not be made. */
export async function outliving(
  other: AsyncDisposable,
  make: () => Promise<Host>,
  end: () => Promise<void>,
): Promise<Host> {
  try {
    const host = await make();
    const close = host.close.bind(host);
    let closed: Promise<void> | undefined;
    host.close = () => closed ??= close().then(end);
    return host;
  } catch (error) {
    await other[Symbol.asyncDispose]();
    throw error;
  }
}
