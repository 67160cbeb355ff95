/**
 * A program of a system on this machine, as a host that stands, for tests that kill it at any moment. It says what
 * it does, a line each; when its system stands, as JSON what it found and what there is.
 */
import { Command, hold, type Host, localHost, Nursery, once, seconds, SIG } from "bailiwick";
import { SockaddrIn, startService, supervise, type Thread } from "bailiwick";
import type { Asked, Found, Whole } from "./standing_rounds.ts";

/** Says that it is ready, and waits until it is told to end. */
const WAIT = `trap 'echo "$2 ends"; exit 3' TERM; echo r >&3; exec 3>&-; sleep 1000 & wait`;

const asked: Asked = JSON.parse(Deno.args[0]!);

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** A service that is ready after some time, and of which the mark is an argument. */
async function start(
  nursery: Nursery,
  thread: Thread,
  name: string,
  options: Parameters<typeof startService>[3] = {},
) {
  say(`start ${name}`);
  const path = nursery.pathOf(name);
  const mark = `${name}=${asked.marks[name]}`;
  const command = new Command("sh", ["-c", WAIT, asked.tag, mark, path]);
  const stop = { signal: SIG.TERM, grace: seconds(1) };
  const service = await startService(nursery, thread, command, {
    ...{ name, ready: 3, stop, ...options },
  });
  say(`started ${name}`);
  return service;
}

async function system(nursery: Nursery, thread: Thread): Promise<Whole> {
  const http = await hold(nursery, thread, "http", () => {
    return thread.listen(new SockaddrIn("127.0.0.1", 0));
  });
  say("held");
  let filled = 0;
  const result = await once(nursery, "filled", asked.marks["filled"]!, () => {
    filled++;
    return Promise.resolve(asked.marks["filled"]!);
  });
  const { a, b, c, d } = asked.marks;
  const services = [];
  const first = a !== undefined && await start(nursery, thread, "a", { fds: { 4: http } });
  if (first) services.push(first);
  if (b !== undefined) {
    const uses = first ? [first.process] : [];
    services.push(await start(nursery, thread, "b", { uses }));
  }
  if (c !== undefined) {
    services.push(
      await start(nursery, thread, "c", {
        fds: { 4: http },
        uses: [],
        replace: { overlap: "ready" },
      }),
    );
  }
  if (d !== undefined) {
    const inner = await supervise(nursery, "inner", async (nursery) => {
      const service = await start(nursery, thread, "d", { uses: [] });
      return { service };
    });
    services.push(inner.service);
  }
  const pids = Object.fromEntries(services.map(({ path, pid }) => [path, pid]));
  const { port } = await http.getsockname() as SockaddrIn;
  const { inode } = await http.stat();
  return { pids, port, inode: `${inode}`, result, filled };
}

async function run(nursery: Nursery, host: Host): Promise<void> {
  say("connected");
  const found = host.info.standing!.stands.map(({ state, pid, name, note }): Found => ({
    ...{ state, pid, name, note: new TextDecoder().decode(note) },
  }));
  const whole = await supervise(nursery, "", (nursery) => system(nursery, host.thread));
  const unattended = host.info.model.events.filter(({ kind }) =>
    kind === "service-ended-unattended"
  );
  const shown = (_: string, value: unknown) => typeof value === "bigint" ? `${value}` : value;
  say(JSON.stringify({ whole, found, unattended }, shown));
  await new Promise((resolve) => setTimeout(resolve, seconds(60)));
}

say("connect");
const host = await localHost({ standing: asked.system });
if (asked.isOver) {
  await host.down();
  say("{}");
} else {
  await Nursery.run((nursery) => run(nursery, host));
}
