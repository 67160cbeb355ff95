/** Hosts behind hosts, and containers, that outlive their program. */
import assert from "node:assert/strict";
import {
  CLONE,
  Command,
  commandHost,
  container,
  type ContainerOptions,
  deploy,
  type Host,
  letGo,
  localHost,
  Nursery,
  sshHost,
  startService,
  supervise,
  type Thread,
  useHost,
} from "bailiwick";
import { testHostsAvailable, TestNetwork, until } from "bailiwick/testing";
import { nativePackage } from "./support/native.ts";

const USER = 12345;
const SLEEP = new Command("sleep", ["infinity"]);

// The library's helper is loaded for the first host of this machine, and stays.
await (await localHost()).close();

/** How a host is connected to whose system has its socket below a directory. */
type Connect = (state: string) => Promise<Host>;

const here: Connect = (state) =>
  localHost({ standing: "ship", environment: { XDG_STATE_HOME: state } });
const asUser: Connect = (state) => {
  const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
  const place = ["env", `XDG_STATE_HOME=${state}`];
  return commandHost([...user, ...place, "sh"], { name: "user", standing: "ship" });
};

/** Runs a test with such a directory; nothing is left at its end. */
async function withState(
  connect: Connect,
  test: (connect: () => Promise<Host>, state: string) => Promise<void>,
): Promise<void> {
  const state = await Deno.makeTempDir({ prefix: "bailiwick-containers-" });
  await Deno.chown(state, USER, USER);
  if (connect === here) await Deno.chown(state, Deno.uid(), Deno.gid());
  try {
    await test(() => connect(state), state);
  } finally {
    await (await connect(state)).down();
    await Deno.remove(state, { recursive: true });
  }
}

/** A program that runs a service on a host that is reached by another, and lets go; which process that is. */
async function program(
  outer: Host,
  connect: (outer: Host) => Promise<Host>,
  commandOn: (thread: Thread) => Promise<Command> = async () => SLEEP,
): Promise<string> {
  await using host = outer;
  return await Nursery.run(async (nursery) => {
    const instance = await supervise(nursery, "", async (nursery) => {
      const { thread } = await useHost(nursery, "inner", () => connect(host));
      return `${(await startService(nursery, thread, await commandOn(thread))).process.instance}`;
    });
    letGo(nursery);
    nursery.cancel();
    return instance;
  });
}

const exampled = async (thread: Thread) =>
  (await deploy(thread, nativePackage("exampled"))).bin("exampled");

/** The same in a container. */
async function inContainer(outer: Host, options: ContainerOptions): Promise<string> {
  const connect = ({ thread }: Host) =>
    container(thread, { ...options, name: "inner", standing: "ship" });
  return await program(outer, connect, options.rootfs === undefined ? undefined : exampled);
}

const CASES: readonly [
  name: string,
  connect: Connect,
  options: (state: string) => Promise<ContainerOptions>,
][] = [
  ["sees its host's files", here, async () => ({})],
  [
    "has namespaces of its own",
    here,
    async () => ({ unshare: CLONE.NEWUTS | CLONE.NEWNET | CLONE.NEWIPC | CLONE.NEWUSER }),
  ],
  ["is an ordinary user's", asUser, async () => ({})],
  ["has a root of its own", here, async (state) => {
    const rootfs = `${state}/root`;
    await Deno.mkdir(rootfs, { recursive: true });
    return { rootfs };
  }],
];

for (const [name, how, options] of CASES) {
  Deno.test(`a container that ${name} outlives its program, and the next one finds its services`, () =>
    withState(how, async (connect, state) => {
      const made = await options(state);
      const first = await inContainer(await connect(), made);
      assert.equal(await inContainer(await connect(), made), first);
      const other = { ...made, environment: { MADE: "otherwise" } };
      assert.notEqual(await inContainer(await connect(), other), first);
    }));
}

Deno.test("a container does not outlive a host that ends with its program", async () => {
  await using host = await localHost();
  await assert.rejects(
    container(host.thread, { name: "hold", standing: "ship" }),
    /hold is to outlive the program, and is on local, which does not/,
  );
});

Deno.test({
  name: "a host behind another one outlives its program, and the next one finds its services",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 2 });
    const outer = () => sshHost({ to: "host0", config: network.sshConfig }, { standing: "ship" });
    const inner = ({ thread }: Host) =>
      sshHost({ to: "host1" }, { from: thread, standing: "ship" });
    const first = await program(await outer(), inner);
    assert.equal(await program(await outer(), inner), first);
    await using host = await outer();
    await (await inner(host)).down();
    await host.down();
    for (const host of network.hosts) {
      await until(`${host.name} runs nothing`, async () => (await host.processes()).length === 0);
    }
  },
});
