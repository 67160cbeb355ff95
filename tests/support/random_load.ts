/**
 * Rounds of random load on a host behind a random link, which may stall for a while or be cut for good.
 *
 * - A host whose link is only slow, or stalls for less than its silence, is never lost, and all that was
 *   asked of it is done, whole.
 * - A host whose link is cut is lost within its silence and some seconds.
 * - Either way nothing is left on it 10 s later, and a host that lives holds what it held before the load.
 *
 * Everything follows from the seed of a round, which its error names.
 */
import assert from "node:assert/strict";
import {
  Command,
  copyTree,
  type Host,
  HostError,
  localHost,
  type Path,
  sshHost,
  SyscallError,
  type Thread,
} from "bailiwick";
import {
  heldSince,
  hostUsage,
  type Relay,
  type RelayOptions,
  type TestHost,
  TestNetwork,
} from "bailiwick/testing";
import { choose, type Dice, dice } from "./dice.ts";

const HOSTS = 8;
/** Milliseconds. A busy machine holds programs up, too, and must not be taken for a dead link. */
const SILENCE = 4000;
const NOTICE = 10_000;
const GONE = 10_000;
const KIB = 1024;

const TROUBLES = ["none", "none", "stall", "stall", "cut"] as const;

/** What a round does; all of it follows from the seed. */
interface Plan {
  readonly link: RelayOptions;
  readonly trouble: typeof TROUBLES[number];
  readonly direction: "to-host" | "from-host" | "both";
  /** Milliseconds: when trouble begins, and how long a stall lasts. */
  readonly after: number;
  readonly stall: number;
  readonly tasks: readonly (keyof typeof TASKS)[];
}

function planOf(roll: Dice): Plan {
  const rate = choose(roll, [150, 300, 1000, 5000, 20_000]) * 1000;
  return {
    link: {
      delay: choose(roll, [0, 1, 5, 25, 80]),
      rate,
      queue: Math.round(rate * choose(roll, [0.05, 0.2, 0.5])),
    },
    trouble: choose(roll, TROUBLES),
    direction: choose(roll, ["to-host", "from-host", "both"]),
    after: roll(600),
    stall: roll(SILENCE / 2),
    tasks: Array.from({ length: 3 + roll(8) }, () => choose(roll, Object.keys(TASKS) as never)),
  };
}

/** What a task gets. */
interface Site {
  readonly local: Thread;
  readonly thread: Thread;
  /** A directory of the task's own that is not made yet, on the host. */
  readonly path: string;
  /** A tree of files on this machine. */
  readonly tree: string;
  readonly roll: Dice;
}

const TASKS = {
  async logs({ thread, roll }: Site) {
    const lines = 100 + roll(3000);
    const script = `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo line $i of many; done`;
    await using child = await thread.spawn(new Command("sh", ["-c", script]));
    assert.ok((await child.wait()).isClean);
    await child.log!.ended;
    assert.equal(child.log!.tail.at(-1), `line ${lines} of many`);
  },
  async copies({ local, thread, path, tree }: Site) {
    await copyTree(local, tree, thread, path);
    const text = await thread.readTextFile(`${path}/deep/last`);
    assert.equal(text, await Deno.readTextFile(`${tree}/deep/last`));
  },
  async calls({ thread, path, roll }: Site) {
    const bytes = new Uint8Array(roll(100 * KIB)).map((_, index) => index * 31);
    await thread.writeFile(path, bytes);
    assert.deepEqual(await thread.readFile(path), bytes);
    for (let i = 0; i < 10; i++) assert.equal(await thread.getpid(), thread.process.pid);
    const refused: unknown = await thread.readFile("/proc").catch((error) => error);
    if (!(refused instanceof SyscallError)) throw refused;
    assert.equal(refused.code, "EISDIR");
  },
  async spawns({ thread, roll }: Site) {
    await using clone = await thread.clone();
    for (let i = roll(5); i >= 0; i--) {
      await using child = await clone.spawn(new Command("sh", ["-c", `exit ${i}`]));
      assert.equal(`${await child.wait()}`, `exited with status ${i}`);
    }
    await using _endless = await thread.spawn(new Command("sh", ["-c", "sleep 1000 & wait"]));
  },
};

/** The world of all rounds: hosts, and files to copy. */
class Rounds implements AsyncDisposable {
  private constructor(readonly network: TestNetwork, readonly local: Host, readonly tree: string) {}

  static async make(): Promise<Rounds> {
    const tree = await Deno.makeTempDir();
    await Deno.mkdir(`${tree}/deep`);
    const sizes = { first: 0, second: 20_000, third: 60_000, "deep/last": 5000 };
    for (const [name, size] of Object.entries(sizes)) {
      await Deno.writeTextFile(`${tree}/${name}`, name.padEnd(size, "."));
    }
    const [network, local] = await Promise.all([TestNetwork.make({ hosts: HOSTS }), localHost()]);
    return new Rounds(network, local, tree);
  }

  async run(seed: number, machine: TestHost): Promise<void> {
    const roll = dice(seed);
    const plan = planOf(roll);
    try {
      await this.#run(plan, roll, machine);
    } catch (cause) {
      throw new Error(`Round ${seed} failed: ${JSON.stringify(plan)}`, { cause });
    }
  }

  async #run(plan: Plan, roll: Dice, machine: TestHost): Promise<void> {
    {
      await using relay = await this.network.relay(machine, plan.link);
      const to = { to: machine.name, config: relay.sshConfig };
      await using host = await sshHost(to, { silence: SILENCE });
      const before = await hostUsage(host);
      await using directory = await host.thread.mkdtemp();
      const loads = this.#loads(plan, roll, host, directory);
      for (const load of loads) load.catch(() => {}); // Looked at when the trouble is over.
      await trouble(plan, relay);
      if (plan.trouble === "cut") await expectLoss(host, loads);
      else {
        await Promise.all(loads);
        assert.deepEqual(await heldSince(before, host, GONE), []);
        assert.equal(host.info.lost, false);
      }
    }
    await machine.untilEmpty(GONE);
  }

  #loads({ tasks }: Plan, roll: Dice, { thread }: Host, directory: Path): Promise<void>[] {
    return tasks.map(async (name, index) => {
      const path = `${directory.join(`${name}-${index}`)}`;
      const site = {
        local: this.local.thread,
        thread,
        path,
        tree: this.tree,
        roll: dice(roll(1e9)),
      };
      await TASKS[name](site);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.network.close(), this.local.close()]);
    await Deno.remove(this.tree, { recursive: true });
  }
}

async function trouble(plan: Plan, relay: Relay): Promise<void> {
  if (plan.trouble === "none") return;
  await pause(plan.after);
  if (plan.trouble === "cut") return await relay.cut();
  await relay.stall(plan.direction);
  await pause(plan.stall);
  await relay.resume();
}

/** The program is told in time, and each task that was not done says that it is the host's fault. */
async function expectLoss(host: Host, loads: readonly Promise<void>[]): Promise<void> {
  const deadline = Promise.withResolvers<never>();
  const late = new Error(`After ${NOTICE} ms the loss is not known`);
  const timer = setTimeout(() => deadline.reject(late), NOTICE);
  try {
    await Promise.race([host.ended, deadline.promise]);
    for (const result of await Promise.race([Promise.allSettled(loads), deadline.promise])) {
      if (result.status === "fulfilled") continue;
      const { reason } = result;
      assert.ok(reason instanceof HostError && !(reason instanceof SyscallError), reason);
    }
  } finally {
    clearTimeout(timer);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Runs rounds of these seeds, as many at a time as there are hosts. */
export async function randomLoadRounds(first: number, count: number): Promise<void> {
  await using rounds = await Rounds.make();
  let next = first;
  const failures: unknown[] = [];
  await Promise.all(rounds.network.hosts.map(async (machine) => {
    while (next < first + count && failures.length === 0) {
      await rounds.run(next++, machine).catch((error) => failures.push(error));
    }
  }));
  if (failures.length > 0) throw failures[0];
}
