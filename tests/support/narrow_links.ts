/** Links that carry little, with a host behind each. */
import assert from "node:assert/strict";
import { Command, type Host, SIG, sshHost, type Thread } from "bailiwick";
import { type RelayOptions, TestNetwork } from "bailiwick/testing";

export const KB = 1000;

/** A host behind a link; what the test does must leave it as it was. */
export async function overLink(
  link: RelayOptions,
  body: (host: Host) => Promise<void>,
): Promise<void> {
  await using network = await TestNetwork.make({ hosts: 1 });
  const relay = await network.relay(network.hosts[0]!, link);
  const host = await sshHost({ to: "host0", config: relay.sshConfig, connectTimeout: 30 });
  await body(host);
  assert.equal(host.info.lost, false);
  await host.close();
  await network.hosts[0]!.untilEmpty();
}

/** A service that writes lines without end; nobody but its log reads them. */
export function chatter(thread: Thread, text = "x".repeat(99)) {
  return thread.spawn(new Command("yes", [text]), { name: "chatter" });
}

export async function makeFile(thread: Thread, path: string, length: number): Promise<void> {
  const script = `head -c ${length} /dev/urandom >${path}`;
  await thread.run(new Command("sh", ["-c", script]));
}

/**
 * Milliseconds of a link of 64 kbit/s, 300 ms there and back: files are read and written and a service logs
 * all the time, small calls are answered, and the host is not lost.
 */
export async function busyNarrowLink(duration: number): Promise<void> {
  const link = { rate: 8 * KB, delay: 150, queue: 16 * KB };
  await overLink(link, async ({ thread }) => {
    const until = performance.now() + duration;
    const log = await chatter(thread);
    await makeFile(thread, "/root/down", 40_000);
    const [reads, writes, calls] = [
      await thread.clone(),
      await thread.clone(),
      await thread.clone(),
    ];
    const loop = async (task: () => Promise<unknown>) => {
      while (performance.now() < until) await task();
    };
    let slowest = 0;
    await Promise.all([
      loop(() => reads.readFile("/root/down")),
      loop(() => writes.writeFile("/root/up", new Uint8Array(40_000))),
      loop(async () => {
        const begin = performance.now();
        await calls.getpid();
        slowest = Math.max(slowest, performance.now() - begin);
      }),
    ]);

    assert.ok(slowest < 15_000, `the slowest call took ${slowest} ms`);
    await log.kill(SIG.KILL);
    await log.wait();
    for (const path of ["/root/up", "/root/down"]) await thread.unlink(path);
  });
}
