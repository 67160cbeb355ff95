/** The conformance suite on an agent of another architecture than the program's, under qemu-user(1). */
import assert from "node:assert/strict";
import { Command, Host, type HostOptions, SIG } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { ProcessTransport } from "../lib/hosts/process_transport.ts";
import { conformance } from "./conformance/mod.ts";
import { agentPath } from "./support/raw_agent.ts";

const QEMU = "/usr/bin/qemu-aarch64-static";
const ignore = !await isInstalled();

const NO_CLONE =
  "qemu-user 7.2 refuses any clone(2) but those of pthread_create and fork: EINVAL for CLONE_PARENT, " +
  "without which the agent is not the parent of a clone";

const NEED_CLONES = [
  "memory files and limits work",
  "descriptors travel between threads",
  "a call that blocks holds up its thread alone",
  "a call that blocks is cancelled by its signal",
  "what was done before it was cancelled stands",
  "a sleep ends by itself or by its signal",
  "calls behind a cancelled one still run",
  "a descriptor is of one thread",
  "a clone inherits what was open",
  "a service has exactly the descriptors that it was given",
  "descriptors can be swapped on their way to a service",
  "a tree of clones is made and ended",
  "a clone's working directory is its own",
  "fifty clones at once work",
  "a thread becomes a service",
  "arguments and environment arrive whole",
  "what cannot be executed says so, and nothing is left",
  "a spawn that fails on its way says where",
  "exit statuses and signals are told apart",
  "a service is stopped, continued and killed",
  "one that ignores SIGTERM is killed after its grace",
  "a service starts with no signal blocked or ignored",
  "what a service uses is told",
  "readiness is a byte, and its absence an error",
  "a service filters what it is sent",
  "a reader that is slow holds up its own stream alone",
  "twenty streams under load come through whole",
  "what a service writes is kept line by line",
];

async function host(options: HostOptions): Promise<Host> {
  const transport = new ProcessTransport([QEMU, agentPath("aarch64")]);
  return await Host.connect("aarch64", transport, options);
}

conformance({
  name: "aarch64 under qemu",
  ignore,
  host,
  without: Object.fromEntries(NEED_CLONES.map((check) => [check, NO_CLONE])),
});

systemTest(
  "aarch64 under qemu: clone(2) with CLONE_PARENT is refused",
  async ({ thread, host }) => {
    assert.equal(host.info.arch, "aarch64");
    await assert.rejects(thread.clone(), { syscall: "clone", code: "EINVAL" });
  },
  { host, ignore },
);

Deno.test({
  name: "aarch64 under qemu: the first thread becomes a service",
  ignore,
  fn: async () => {
    await using aarch64 = await host({});
    const script = 'echo "$0"; echo >&5; exec 5>&-; exec sleep 1000';
    const command = new Command("/bin/sh", ["-c", script, "an argument"]);
    const service = await aarch64.thread.exec(command, { ready: 5 });
    await service.ready;
    const stopped = service.waitFor(["stopped"]);
    await service.kill(SIG.STOP);
    assert.equal(`${await stopped}`, "stopped by SIGSTOP");
    await service.kill(SIG.KILL);
    assert.equal(`${await service.wait()}`, "killed by SIGKILL");
    await service.log!.ended;
    assert.deepEqual(service.log!.tail, ["an argument"]);
  },
});

systemTest(
  "aarch64 under qemu: the first thread's blocked call is cancelled",
  async ({ thread }) => {
    const { read } = await thread.pipe();
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController();
      const reading = read.read(16, { signal: controller.signal });
      controller.abort(new Error(`round ${round}`));
      await assert.rejects(reading, { message: `round ${round}` });
    }
    assert.equal(await thread.getpid(), thread.process.pid);
  },
  { host, ignore },
);

async function isInstalled(): Promise<boolean> {
  const found = await Deno.stat(QEMU).then(() => true, () => false);
  if (found || Deno.env.get("CI") !== "true") return found;
  throw new Error(`The agent for aarch64 is tested with ${QEMU}; install qemu-user-static`);
}
