/** Starting servers again and again: each is ready only when it serves, and stops and leaves nothing. */
import { type Host, type HostOptions, localHost, Nursery, sshHost } from "bailiwick";
import { runSystem, TestNetwork } from "bailiwick/testing";
import { dbus, haproxy, nginx, postgres, redis, type Server, type ServerPlace } from "./servers.ts";

type MakeServer = (place: ServerPlace) => Server;

/** All of them. */
export const SERVERS: Readonly<Record<string, MakeServer>> = {
  postgres,
  redis,
  nginx,
  haproxy,
  dbus,
};

/** Below what the kernel chooses for those who connect, so that nobody else gets it meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
/** The users that a test host needs. */
const USERS = { postgres: "/bin/sh", redis: "/bin/sh", "www-data": "/bin/sh", haproxy: "/bin/sh" };

/** Starts each server that often on a host, one after another, and those of different kinds together. */
export async function serverRounds(
  makeHost: (options: HostOptions) => Promise<Host>,
  rounds: number,
  servers: readonly MakeServer[] = Object.values(SERVERS),
): Promise<void> {
  await runSystem(makeHost, async ({ thread, nursery }) => {
    const first = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const running = servers.map(async (make, index) => {
      await using directory = await thread.mkdtemp("server", { mode: 0o777 });
      const server = make({ thread, directory, port: first + index });
      await server.prepare();
      for (let round = 0; round < rounds; round++) await oneRound(nursery, server);
    });
    const outcomes = await Promise.allSettled(running);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  });
}

async function oneRound(nursery: Nursery, server: Server): Promise<void> {
  const service = await Nursery.run(async (inner) => {
    const service = await server.start(inner);
    await server.ask();
    if (service.state !== "ready") throw new Error(`${server.name} is ${service.state}`);
    inner.cancel();
    return service;
  }, { within: nursery, name: server.name });
  await server.stopped(service);
}

/** The same on this machine. */
export async function localServerRounds(rounds: number): Promise<void> {
  await serverRounds(localHost, rounds);
}

/** The same on a test host. */
export async function remoteServerRounds(rounds: number): Promise<void> {
  await using network = await TestNetwork.make({ hosts: 1, users: USERS });
  const [host] = network.hosts;
  const to = { to: host!.name, config: network.sshConfig };
  await serverRounds((options) => sshHost(to, options), rounds);
  await host!.untilEmpty();
}
