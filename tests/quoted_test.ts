/** A component in Java, on this machine and on a test host. */
import assert from "node:assert/strict";
import { Model, type Nursery, SockaddrIn, sshHost, type Thread } from "bailiwick";
import { runSystem, systemTest, TestNetwork } from "bailiwick/testing";
import { findJava, NoJavaError, startQuoted } from "../components/quoted/mod.ts";

/** Sends lines, and gives the answers. */
async function ask(hostname: string, port: number, lines: readonly string[]): Promise<string[]> {
  const connection = await Deno.connect({ hostname, port });
  const request = new Blob(lines.map((line) => `${line}\n`)).stream();
  await request.pipeTo(connection.writable, { preventClose: true });
  await connection.closeWrite();
  const decoded = connection.readable.pipeThrough(new TextDecoderStream());
  return (await Array.fromAsync(decoded)).join("").trimEnd().split("\n");
}

async function quotes(nursery: Nursery, thread: Thread, hostname: string): Promise<void> {
  const sock = await thread.listen(new SockaddrIn(hostname, 0));
  const { address } = await startQuoted(nursery, thread, sock);
  await sock.close();
  const { port } = address as SockaddrIn;
  const answers = await ask(hostname, port, ["QUOTE ACME", "PRICE ACME 10.50", "QUOTE ACME", "x"]);
  assert.deepEqual(answers, [
    "UNKNOWN ACME",
    "OK",
    "ACME 10.50",
    "ERROR expected PRICE SYMBOL 0.00 or QUOTE SYMBOL",
  ]);
  const [service] = thread.host.model.services;
  assert.equal(service?.state, "ready");
}

systemTest(
  "quoted, a component in Java, serves when it is started",
  async ({ nursery, thread }) => {
    await quotes(nursery, thread, "127.0.0.1");
  },
);

/** Hides the virtual machines of a test host. */
const HIDE = ["mount", "-t", "tmpfs", "none", "/usr/lib/jvm"];

Deno.test("quoted is sent to a test host, and stops cleanly there", async () => {
  await using network = await TestNetwork.make({ hosts: 1 });
  const [machine] = network.hosts;
  const model = new Model();
  await runSystem(
    (options) => sshHost({ to: "host0", config: network.sshConfig }, { ...options, model }),
    ({ nursery, thread }) => quotes(nursery, thread, machine!.address),
  );
  const ends = model.events.flatMap((event) => event.kind === "service-ended" ? [event] : []);
  const statuses = ends.map(({ state, end }) => [state, end.status]);
  assert.deepEqual(statuses, [["stopped", "exited with status 0"]]);
  assert.equal((await machine!.run(HIDE)).code, 0);
  await using host = await sshHost({ to: "host0", config: network.sshConfig });
  await assert.rejects(findJava(host.thread), (error) => {
    assert.ok(error instanceof NoJavaError, `${error}`);
    assert.match(
      error.message,
      /^Host host0 has no java: looked for it in .*\/usr\/bin.*; install/,
    );
    return true;
  });
});
