/** Starting /bin/true (clone, mkdir, chdir, three dup2, exec) and seeing it exit; running it for its output. */
import { Command, localHost, O, type Thread } from "bailiwick";
import { microsecondsAtOnce, takeTurns } from "./measure.ts";
import { runPeer } from "./peers.ts";
import { FASTER, type Group, ratioAtMost, type RowPlan, type Samples } from "./row.ts";

const POSIX = "C posix_spawn";
const DENO = "Deno.Command";
const MANY = 8;

/** Starting and ending processes. */
export const spawn: Group = {
  rows: [
    plan("one after another", 1, POSIX, ratioAtMost(1.25)),
    plan("one after another", 1, DENO, FASTER),
    plan(`${MANY} at once`, MANY, POSIX, FASTER),
    plan(`${MANY} at once`, MANY, DENO, FASTER),
  ],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    await using tmpdir = await host.thread.mkdtemp();
    const cwd = `${tmpdir.join("work")}`;
    await host.thread.mkdir(cwd);
    const ours = await spawner(host.thread, cwd);
    const denos = () => runWithDeno(cwd);
    await microsecondsAtOnce(200, MANY, ours);
    const turns = [1, MANY].flatMap((atOnce) => [
      [key("ours", atOnce), () => microsecondsAtOnce(64, atOnce, ours)] as const,
      [key(POSIX, atOnce), () => runPeer("bench_spawn", 64, atOnce, cwd)] as const,
      [key(DENO, atOnce), () => microsecondsAtOnce(64, atOnce, denos)] as const,
    ]);
    return await takeTurns(12, Object.fromEntries(turns));
  },
};

/** Running a command to its end for what it has written. */
export const run: Group = {
  rows: [{
    name: 'thread.run("true"), one after another',
    unit: "µs",
    ours: "ours",
    other: `${DENO}().output()`,
    reach: ratioAtMost(1.1),
  }],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    const ours = async () => void await host.thread.run("true");
    const deno = new Deno.Command("true");
    await microsecondsAtOnce(200, 1, ours);
    return await takeTurns(12, {
      ours: () => microsecondsAtOnce(64, 1, ours),
      [`${DENO}().output()`]: () => microsecondsAtOnce(64, 1, async () => void await deno.output()),
    });
  },
};

function key(name: string, atOnce: number): string {
  return atOnce === 1 ? name : `${name}, ${atOnce} at once`;
}

function plan(how: string, atOnce: number, other: string, reach: RowPlan["reach"]): RowPlan {
  return {
    name: `start /bin/true and see it exit, ${how}`,
    unit: "µs",
    ours: key("ours", atOnce),
    other: key(other, atOnce),
    reach,
  };
}

async function spawner(thread: Thread, cwd: string): Promise<() => Promise<void>> {
  const null_ = await thread.open("/dev/null", O.RDWR);
  const fds = { 0: null_, 1: null_, 2: null_ };
  const command = new Command("/bin/true");
  return async () => {
    const child = await thread.spawn(command, { cwd, fds, log: false });
    const status = await child.wait();
    if (!status.isClean) throw new Error(`/bin/true ${status}`);
  };
}

async function runWithDeno(cwd: string): Promise<void> {
  await Deno.mkdir(cwd).catch(() => {});
  const options = { cwd, stdin: "null", stdout: "null", stderr: "null" } as const;
  const { success } = await new Deno.Command("/bin/true", options).spawn().status;
  if (!success) throw new Error("/bin/true failed");
}
