/** Programs of one standing system, one after the other, each killed at a random moment. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import { choose, type Dice, dice } from "./dice.ts";
import { type Death, runUntilKilled } from "./killed_program.ts";
import { fromFileUrl } from "./urls.ts";

/** What a program is asked for. */
export interface Asked {
  readonly system: string;
  /** Is in the command line of each service. */
  readonly tag: string;
  /** By its name, which of several one is. */
  readonly marks: Readonly<Record<string, number>>;
  /** Whether all is to be ended. */
  readonly isOver: boolean;
}

/** What a program has found. */
export interface Found {
  readonly state: string;
  readonly pid: number;
  readonly name: string;
  readonly note: string;
}

/** What a program has made. */
export interface Whole {
  readonly pids: Readonly<Record<string, number>>;
  readonly port: number;
  readonly inode: string;
  readonly result: number;
  /** How often what is done once was done by it. */
  readonly filled: number;
}

/** What a program said when its system stood. */
export interface Said {
  readonly whole: Whole;
  readonly found: readonly Found[];
  readonly unattended: readonly Unattended[];
}

/** An end that it told of. */
export interface Unattended {
  readonly path: string;
  readonly end: { readonly status: string };
  readonly ended: number;
  readonly lastLines: readonly string[];
}

/** The note of a service, as far as it is looked at here. */
interface ServiceNote {
  readonly kind: string;
  readonly path: string;
  readonly since: number;
  readonly command: string;
  readonly isLeaving?: boolean;
  readonly holds: readonly string[];
}

const MOST_LINES = 12;
const PROGRAM = fromFileUrl("./standing_program.ts");

/** Rounds of one system. @param first The number of the first round, from which all follows. */
export async function standingRounds(rounds: number, first: number): Promise<void> {
  await using system = await StandingRounds.begin();
  const roll = dice(first);
  for (let round = 0; round < rounds; round++) await system.round(roll);
}

/** A system of which one program runs at a time. */
class StandingRounds implements AsyncDisposable {
  readonly tag: string = `standing-${crypto.randomUUID()}`;
  readonly state: string;
  /** The socket that clients connect to, once there is one. */
  #socket: Pick<Whole, "port" | "inode"> | undefined;

  private constructor(state: string) {
    this.state = state;
  }

  static async begin(): Promise<StandingRounds> {
    return new StandingRounds(await Deno.makeTempDir({ prefix: "standing-" }));
  }

  /**
   * Runs a program until it has said so many lines, and some milliseconds more, and kills it. Without a number of
   * lines: until its system stands; returns what it said then.
   */
  async run(marks: Asked["marks"], dies?: Death, isOver = false): Promise<Said | undefined> {
    const asked: Asked = { system: "rounds", tag: this.tag, marks, isOver };
    return await runUntilKilled(PROGRAM, asked, { XDG_STATE_HOME: this.state }, dies);
  }

  /** A system that is changed, whose program is killed, one of whose services may end; then the next program. */
  async round(roll: Dice): Promise<void> {
    const marks = anyMarks(roll);
    await this.run(marks, { lines: roll(MOST_LINES), after: roll(30) });
    await this.#connect();
    const ended = roll(3) === 0 ? choose(roll, [...this.#processes().values()]) : undefined;
    if (ended !== undefined) end(ended);
    const next = roll(2) === 0 ? marks : anyMarks(roll);
    const said = await this.run(next);
    this.#check(next, said!, ended !== undefined);
    await this.#connect();
    if (roll(3) > 0) return;
    const again = (await this.run(next))!;
    assert.deepEqual(again.unattended, [], "an end is told twice");
    assert.deepEqual(again.whole, { ...said!.whole, filled: 0 });
  }

  /** Ends the system. By a program: this one may be superseded. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.run({}, undefined, true);
    await until("nothing is left", () => this.#processes().size === 0, 5000);
    await Deno.remove(this.state, { recursive: true });
  }

  #check(marks: Asked["marks"], { whole, found, unattended }: Said, hasEnded: boolean) {
    const expected = Object.entries(marks).filter(([name]) => name !== "filled");
    const processes = this.#processes();
    assert.deepEqual(
      [...processes.keys()].sort(),
      expected.map(([name, mark]) => `${name}=${mark}`),
    );
    const pids = new Map([...processes].map(([key, pid]) => [key.split("=")[0]!, pid]));
    for (const [path, pid] of Object.entries(whole.pids)) {
      assert.equal(pids.get(path.split("/").at(-1)!), pid, path);
    }
    for (const [path, pid] of this.#right(marks, found)) {
      assert.equal(whole.pids[path], pid, `${path} was started anew`);
    }
    const ended = found.filter(({ state }) => state === "ended").map(({ note }) => JSON.parse(note))
      .filter(({ isLeaving }) => !isLeaving);
    assert.deepEqual(
      unattended.map(({ path }) => path).sort(),
      ended.map(({ path }) => path).sort(),
    );
    for (const { path, end: { status }, ended, lastLines } of unattended) {
      assert.ok(Date.now() - 60_000 < ended && ended < Date.now(), `${path} ended at ${ended}`);
      assert.ok(hasEnded, `${path} ended: ${status}`);
      assert.equal(status, "exited with status 3");
      assert.deepEqual(lastLines, [`${path} ends`]);
    }
    assert.equal(whole.result, marks["filled"]);
    const { port, inode } = this.#socket ??= whole;
    assert.deepEqual([whole.port, whole.inode], [port, inode], "the socket is another");
  }

  /** What was kept and is what is asked for, by its path. */
  #right(marks: Asked["marks"], found: readonly Found[]): Map<string, number> {
    const last = new Map<string, ServiceNote & { readonly pid: number }>();
    for (const { state, pid, note } of found) {
      if (state !== "kept") continue;
      const read = JSON.parse(note);
      if ((last.get(read.path)?.since ?? 0) > read.since) continue;
      last.set(read.path, { ...read, pid });
    }
    const right = new Map<string, number>();
    for (const [path, { pid, isLeaving, command }] of last) {
      const name = path.split("/").at(-1)!;
      if (!isLeaving && command.includes(` ${name}=${marks[name]} `)) right.set(path, pid);
    }
    // What holds the process of another follows it.
    if (!right.has("a") || !isGiven(last.get("b"), marks)) right.delete("b");
    return right;
  }

  /** A client is not refused, whoever is there. */
  async #connect(): Promise<void> {
    if (!this.#socket) return;
    using _ = await Deno.connect({ hostname: "127.0.0.1", port: this.#socket.port });
  }

  /** The services that run, by name and mark. */
  #processes(): Map<string, number> {
    const processes = new Map<string, number>();
    for (const { name } of Deno.readDirSync("/proc")) {
      const args = /^\d+$/.test(name) ? commandLine(Number(name)) : [];
      if (args[3] !== this.tag) continue;
      // A child that it has forked and that has not executed anything yet is no service.
      if (commandLine(parentOf(Number(name)))[3] === this.tag) continue;
      assert.ok(!processes.has(args[4]!), `${args[4]} runs twice`);
      processes.set(args[4]!, Number(name));
    }
    return processes;
  }
}

function isGiven(note: ServiceNote | undefined, marks: Asked["marks"]): boolean {
  return (note?.holds.length === 1) === ("a" in marks);
}

function anyMarks(roll: Dice): Asked["marks"] {
  const names = ["a", "b", "c", "d"].filter(() => roll(5) > 0);
  const marks = [...names, "filled"].map((name) => [name, roll(2)]);
  return Object.fromEntries(marks);
}

function parentOf(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

function commandLine(pid: number): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
  } catch {
    return [];
  }
}

function end(pid: number): void {
  try {
    Deno.kill(pid, "SIGTERM");
  } catch {
    // Its program took it along.
  }
}
