/** Programs of one system on several standing hosts, or with many services, each killed at a random moment. */
import assert from "node:assert/strict";
import { TestNetwork, until } from "bailiwick/testing";
import { type Dice, dice } from "./dice.ts";
import { type Death, runUntilKilled, StartedProgram } from "./killed_program.ts";
import { fromFileUrl } from "./urls.ts";

/** What a program is asked for. */
export interface FleetAsked {
  readonly system: string;
  /** ssh_config(5) file for the hosts; without it they are this machine. */
  readonly config: string | undefined;
  /** Is in the environment of each service. */
  readonly tag: string;
  /** By host and service, which of several one is. */
  readonly marks: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Whether all is to be ended. */
  readonly isOver: boolean;
}

/** A service that a program has found. */
export interface FleetFound {
  readonly pid: number;
  readonly note: string;
}

/** What a program said when its system stood. */
export interface FleetSaid {
  /** By path, on its host. */
  readonly pids: Readonly<Record<string, number>>;
  readonly found: readonly FleetFound[];
  /** Milliseconds from the first connect on. */
  readonly took: number;
}

interface FleetNote {
  readonly path: string;
  readonly since: number;
  readonly command: string;
  readonly isLeaving?: boolean;
}

const PROGRAM = fromFileUrl("./fleet_program.ts");
/** Milliseconds in which all that stands is adopted, on a machine that does nothing else. */
const ADOPTED_WITHIN = 2000;
const SIDE_BY_SIDE = 4;

/** A system of which one program runs at a time. */
export class Fleet implements AsyncDisposable {
  readonly #tag = `fleet-${crypto.randomUUID()}`;
  readonly #state: string;
  readonly #names: readonly string[];
  readonly #services: number;
  readonly #config: string | undefined;

  private constructor(
    state: string,
    names: readonly string[],
    services: number,
    config: string | undefined,
  ) {
    this.#state = state;
    this.#names = names;
    this.#services = services;
    this.#config = config;
  }

  /** @param services On each host; without a network on this machine. */
  static async make(services: number, network?: TestNetwork): Promise<Fleet> {
    const names = network?.hosts.map(({ name }) => name) ?? ["local"];
    const state = await Deno.makeTempDir({ prefix: "fleet-" });
    return new Fleet(state, names, services, network?.sshConfig);
  }

  /** A program that changes some is killed; the next one has all, and so has the one after, which changes nothing. */
  async round(roll: Dice): Promise<number> {
    const marks = this.#marks(roll);
    const lines = roll(this.#names.length * (1 + this.#services) + 2);
    await this.#run(marks, { dies: { lines, after: roll(30) } });
    const next = roll(2) === 0 ? marks : this.#marks(roll);
    const said = await this.#run(next);
    this.#check(next, said);
    const again = await this.#run(next);
    assert.deepEqual(again.pids, said.pids);
    this.#check(next, again);
    return again.took;
  }

  /**
   * A program is stopped at some moment, and goes on when the next one has taken its place: nothing that it does then
   * changes anything, and it ends and says why.
   */
  async overtakingRound(roll: Dice): Promise<void> {
    const old = this.#start(this.#marks(roll));
    // From its first line after all hosts are connected to it is in charge.
    const lines = this.#names.length + 1 + roll(this.#services);
    await old.reaches({ lines, after: roll(20) });
    old.signal("SIGSTOP");
    const next = this.#marks(roll);
    const program = this.#start(next);
    await program.reaches();
    old.signal("SIGCONT");
    const { status, stderr } = await old.ended();
    assert.deepEqual([status.code, status.signal], [1, null], stderr);
    assert.match(stderr, /SupersededError: Host local /);
    program.signal("SIGKILL");
    const { said, stderr: complaints } = await program.ended();
    assert.equal(complaints, "");
    this.#check(next, said!);
  }

  /** Ends the system. By a program: this one may be superseded. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run(this.#marks(() => 0), { isOver: true });
    await until("nothing is left", () => this.#processes().size === 0, 5000);
    await Deno.remove(this.#state, { recursive: true });
  }

  async #run(
    marks: FleetAsked["marks"],
    { dies, isOver = false }: { dies?: Death; isOver?: boolean } = {},
  ): Promise<FleetSaid> {
    const asked = this.#asked(marks, isOver);
    const said = await runUntilKilled<FleetSaid>(PROGRAM, asked, this.#environment, dies);
    return said!;
  }

  #start(marks: FleetAsked["marks"]): StartedProgram<FleetSaid> {
    return new StartedProgram(PROGRAM, this.#asked(marks, false), this.#environment);
  }

  #asked(marks: FleetAsked["marks"], isOver: boolean): FleetAsked {
    return { system: "fleet", config: this.#config, tag: this.#tag, marks, isOver };
  }

  get #environment(): Record<string, string> {
    return { XDG_STATE_HOME: this.#state };
  }

  #marks(roll: Dice): FleetAsked["marks"] {
    const names = Array.from({ length: this.#services }, (_, index) => `s${index}`);
    const some = () => names.filter(() => roll(8) > 0).map((name) => [name, +(roll(4) === 0)]);
    return Object.fromEntries(this.#names.map((host) => [host, Object.fromEntries(some())]));
  }

  #check(marks: FleetAsked["marks"], { pids, found }: FleetSaid): void {
    const expected = Object.entries(marks).flatMap(([host, services]) =>
      Object.entries(services).map(([name, mark]) => `${host}/${name}=${mark}`)
    );
    const processes = this.#processes();
    assert.deepEqual([...processes.keys()].sort(), expected.sort());
    for (const [key, pid] of processes) assert.equal(pids[key.split("=")[0]!], pid, key);
    const last = new Map<string, FleetNote & { readonly pid: number }>();
    for (const { pid, note } of found) {
      const read: FleetNote = JSON.parse(note);
      if ((last.get(read.path)?.since ?? 0) <= read.since) last.set(read.path, { ...read, pid });
    }
    for (const [path, { pid, command, isLeaving }] of last) {
      const key = command.split(" ").at(-1)!;
      if (processes.has(key) && !isLeaving) assert.equal(pids[path], pid, `${path} is another`);
    }
  }

  /** The services that run: their pids on their hosts. */
  #processes(): Map<string, number> {
    const processes = new Map<string, number>();
    for (const { name } of Deno.readDirSync("/proc")) {
      const found = /^\d+$/.test(name) && serviceOf(Number(name), this.#tag);
      if (!found) continue;
      assert.ok(!processes.has(found.key), `${found.key} runs twice`);
      processes.set(found.key, found.pid);
    }
    return processes;
  }
}

function serviceOf(pid: number, tag: string): { key: string; pid: number } | undefined {
  try {
    const variables = Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0");
    const variable = variables.find((variable) => variable.startsWith(`FLEET=${tag} `));
    if (!variable) return undefined;
    const [, inner] = /^NSpid:.*\t(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
    return { key: variable.split(" ")[1]!, pid: Number(inner) };
  } catch {
    return undefined; // It has ended.
  }
}

/** Rounds over three hosts by ssh, and as many with a hundred services on this machine. */
export async function fleetRounds(
  rounds: number,
  first: number,
  within: number = ADOPTED_WITHIN,
): Promise<void> {
  await using network = await TestNetwork.make({ hosts: 3 });
  for (const [services, reached] of [[4, network], [100, undefined]] as const) {
    await using fleet = await Fleet.make(services, reached);
    const took: number[] = [];
    for (let round = first; round < first + rounds; round++) {
      took.push(await fleet.round(dice(round)));
    }
    // The machine may do other things meanwhile, but not in all of them.
    assert.ok(Math.min(...took) <= within, `It took ${took} ms until all was adopted`);
  }
}

/** Rounds on this machine in which a program is stopped while another takes its place, of some systems side by side. */
export async function overtakingRounds(rounds: number, first: number): Promise<void> {
  const side = async (begin: number) => {
    await using fleet = await Fleet.make(6);
    for (let round = begin; round < first + rounds; round += SIDE_BY_SIDE) {
      await fleet.overtakingRound(dice(round));
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, index) => side(first + index)));
}
