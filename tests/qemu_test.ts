/** The conformance suite on an agent of another architecture than the program's, under qemu-user(1). */
import assert from "node:assert/strict";
import { copyTree, Host, type HostOptions } from "bailiwick";
import { systemTest, toolsAvailable } from "bailiwick/testing";
import { ProcessTransport } from "../lib/hosts/process_transport.ts";
import { conformance } from "./conformance/mod.ts";
import { agentPath } from "./support/raw_agent.ts";
import { describe, makeOddTree } from "./support/trees.ts";

const QEMU = "/usr/bin/qemu-aarch64-static";
/**
 * qemu-user 7.2 has neither CLONE_PARENT nor PR_SET_CHILD_SUBREAPER, one of which an agent needs to be the
 * parent of all that it starts; process 1 of a PID namespace is that anyway.
 */
const AS_INIT = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const AS_USER = Deno.uid() === 0 ? [] : ["--map-root-user"];

async function host(options: HostOptions): Promise<Host> {
  const transport = new ProcessTransport([...AS_INIT, ...AS_USER, QEMU, agentPath("aarch64")]);
  const host = await Host.connect("aarch64", transport, options);
  assert.equal(host.info.arch, "aarch64");
  return host;
}

const ONE_THREAD =
  "qemu has a thread of its own in each process, and a user namespace is made by a process of one thread";
const NAMES = "qemu takes options of TCP for numbers";
const OTHERS_MEMORY = "qemu-user 7.2 has neither process_vm_readv nor process_vm_writev";

const { ok } = toolsAvailable({ [QEMU]: "qemu-user-static" });

conformance({
  name: "aarch64 under qemu",
  ignore: !ok,
  host,
  without: {
    "more descriptors than there is room for are an error, and closed":
      "qemu has more room for the kernel's answer than the agent gave, and forgets the descriptors that it does not hand on",
    "a service starts with no signal blocked or ignored":
      "qemu keeps signals 32 and 33 for itself: if its parent ignored them, as npm's node does, so do services",
    "an option of a socket may be a name": NAMES,
    "memory is mapped, written, read and given back": OTHERS_MEMORY,
    "a file that is mapped is its memory": OTHERS_MEMORY,
    "a user namespace has its own numbers": ONE_THREAD,
    "the numbers of a clone's user namespace are written from outside": ONE_THREAD,
    "what is mounted is seen in its namespace alone": ONE_THREAD,
    "a thread's root is changed": ONE_THREAD,
    "a namespace is entered by its descriptor": ONE_THREAD,
    "a namespace that another user namespace owns stays shut": ONE_THREAD,
    "a network namespace has a loopback of its own": ONE_THREAD,
    "PID namespaces are made by hand, and end with their first process": ONE_THREAD,
  },
});

systemTest("copyTree() copies where the kernel has no openat2", async ({ thread, tmpdir }) => {
  await assert.rejects(thread.syscall("openat2", -100, 0, 0, 0), { code: "ENOSYS" });
  const from = tmpdir.join("from");
  await makeOddTree(thread, from);
  await copyTree(thread, from, thread, tmpdir.join("direct"));
  await using other = await thread.clone();
  await copyTree(thread, from, other, tmpdir.join("through"));
  const expected = await describe(thread, from);
  assert.deepEqual(await describe(thread, tmpdir.join("direct")), expected);
  assert.deepEqual(await describe(thread, tmpdir.join("through")), expected);
}, { host, ignore: !ok });
