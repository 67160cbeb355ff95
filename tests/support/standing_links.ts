/** Links to standing hosts behind ssh that break in all ways, with a service there and calls on their way. */
import assert from "node:assert/strict";
import {
  type Host,
  HostLostError,
  Model,
  Nursery,
  O,
  scopeOf,
  type Service,
  sshHost,
  supervise,
  UnknownOutcomeError,
  useHost,
} from "bailiwick";
import { type TestHost, TestNetwork } from "bailiwick/testing";
import { choose, type Dice, dice } from "./dice.ts";
import { ownChildren } from "./faults.ts";
import { seen } from "./machines.ts";
import { startSleeper } from "./services.ts";

const HOSTS = 4;
/** Milliseconds in which a program is connected again once it can be. */
const BACK_WITHIN = 10_000;
/** Breaks in a row of one program: it waits longer after each. */
const BREAKS = 5;
const LEDGER = "/var/tmp/ledger";

/** A way in which a link breaks, and how it is mended, when the program knows. */
interface Break {
  strike(machine: TestHost, network: TestNetwork): Promise<void>;
  mend?(machine: TestHost, network: TestNetwork): Promise<void>;
}

async function signalSsh({ name }: TestHost, signal: Deno.Signal): Promise<void> {
  const pids = await ownChildren(new RegExp(`^\\S*ssh\\0.*\\0${name}\\0`));
  assert.equal(pids.length, 1);
  Deno.kill(pids[0]!, signal);
}

/** What the machine sends to this side is lost; what is sent to it arrives. */
async function route(machine: TestHost, change: "add" | "del", network: TestNetwork) {
  const { code, stderr } = await machine.run(["ip", "route", change, "blackhole", network.gateway]);
  assert.equal(code, 0, stderr);
}

const BREAKS_BY_NAME: Readonly<Record<string, Break>> = {
  "ssh is killed": { strike: (machine) => signalSsh(machine, "SIGKILL") },
  "ssh is stopped": { strike: (machine) => signalSsh(machine, "SIGSTOP") },
  "sshd's session is killed": {
    async strike(machine) {
      const found = await machine.processes();
      for (const { pid } of found.filter(({ command }) => /^sshd: root@notty/.test(command))) {
        Deno.kill(pid, "SIGKILL");
      }
    },
  },
  "the cable is cut": {
    strike: (machine) => machine.linkDown(),
    mend: (machine) => machine.linkUp(),
  },
  "one direction is cut": {
    strike: (machine, network) => route(machine, "add", network),
    mend: (machine, network) => route(machine, "del", network),
  },
};

/** Appends marks, a call each, until one fails; which were written, are unknown, or were not sent. */
async function write({ thread }: Host, from: number, wrote: (count: number) => void) {
  const outcomes = new Map<string, "written" | "unknown" | "not sent">();
  for (let at = from;; at++) {
    const mark = `${at};`;
    try {
      await thread.batch((b) => {
        const ledger = b.open(LEDGER, O.WRONLY | O.APPEND | O.CREAT, 0o600);
        b.writeAll(ledger, mark);
        b.close(ledger);
      });
      outcomes.set(mark, "written");
      wrote(outcomes.size);
    } catch (error) {
      const isUnknown = error instanceof UnknownOutcomeError;
      assert.ok(isUnknown || error instanceof HostLostError, `${error}`);
      outcomes.set(mark, isUnknown ? "unknown" : "not sent");
      return outcomes;
    }
  }
}

/** Each mark at most once, and as it was said to be. */
async function checkLedger(machine: TestHost, outcomes: Awaited<ReturnType<typeof write>>) {
  const marks = (await Deno.readTextFile(machine.root + LEDGER)).split(/(?<=;)/);
  const counts = new Map<string, number>();
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  for (const [mark, outcome] of outcomes) {
    const count = counts.get(mark) ?? 0;
    if (outcome === "unknown") assert.ok(count <= 1, `${mark} was written ${count} times`);
    else assert.equal(count, outcome === "written" ? 1 : 0, `${mark} was ${outcome}`);
  }
}

/** A program whose link breaks some times. */
async function breakLinks(machine: TestHost, network: TestNetwork, roll: Dice, breaks: number) {
  const model = new Model();
  const { name } = machine;
  const connect = (signal: AbortSignal) => {
    const link = { model, signal, silence: 1000, timeout: 5000 };
    return sshHost({ to: name, config: network.sshConfig }, { name, standing: "links", ...link });
  };
  const kinds = (kind: string) => model.events.filter((event) => event.kind === kind).length;
  await Nursery.run(async (nursery) => {
    let host!: Host;
    let service!: Service;
    await supervise(nursery, "", async (nursery) => {
      host = await useHost(nursery, name, connect);
      service = await startSleeper(nursery, host.thread, "sleeper");
    }, { model });
    const { pid, instance } = service;
    for (let done = 1; done <= breaks; done++) {
      const { strike, mend } = BREAKS_BY_NAME[choose(roll, Object.keys(BREAKS_BY_NAME))]!;
      const busy = Promise.withResolvers<void>();
      const strikesAt = 1 + roll(20);
      const writing = write(host, done * 1_000_000, (count) => {
        if (count === strikesAt) busy.resolve();
      });
      await busy.promise;
      await strike(machine, network);
      const outcomes = await writing;
      await seen(model, () => kinds("host-lost") === done);
      await mend?.(machine, network);
      const begun = performance.now();
      const isBack = () => kinds("host-connected") > done;
      await seen(model, () => isBack() && scopeOf(nursery, "").state === "standing");
      const took = performance.now() - begun;
      assert.ok(took < BACK_WITHIN, `It took ${took} ms until ${name} was there again`);
      assert.deepEqual([service.pid, service.instance, service.state], [pid, instance, "ready"]);
      await checkLedger(machine, outcomes);
    }
    assert.equal(kinds("service-ended-unattended"), 0);
    nursery.cancel();
  });
}

/** Breaks so many links, of some hosts side by side. @param first The number of the first one. */
export async function brokenLinkRounds(rounds: number, first: number): Promise<void> {
  await using network = await TestNetwork.make({ hosts: HOSTS });
  await Promise.all(network.hosts.map(async (machine, index) => {
    const roll = dice(first + index);
    for (let left = rounds / HOSTS; left > 0; left -= BREAKS) {
      await breakLinks(machine, network, roll, Math.min(left, BREAKS));
    }
  }));
}
