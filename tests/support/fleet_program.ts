/**
 * A program of a system of many services on some hosts that stand, for tests that kill it at any moment. It says what it
 * does, a line each; when its system stands, as JSON what it found and what there is.
 */
import { Command, type Host, localHost, Nursery, seconds, sshHost, startService } from "bailiwick";
import { supervise } from "bailiwick";
import type { FleetAsked, FleetFound, FleetSaid } from "./fleet.ts";

const WAIT = "echo r >&3; exec 3>&-; exec sleep 1000";

const asked: FleetAsked = JSON.parse(Deno.args[0]!);

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function connect(name: string): Promise<Host> {
  const { system: standing, config } = asked;
  return config === undefined
    ? localHost({ standing })
    : sshHost({ to: name, config }, { name, standing });
}

/** The services of a host, all at once; their pids by their paths. */
function startAll(nursery: Nursery, name: string, { thread }: Host): Promise<[string, number][]> {
  return supervise(nursery, name, async (nursery) => {
    const marks = Object.entries(asked.marks[name]!);
    return await Promise.all(marks.map(async ([service, mark]) => {
      const key = `${name}/${service}=${mark}`;
      const command = new Command("sh", ["-c", WAIT, key], { FLEET: `${asked.tag} ${key}` });
      const options = { name: service, ready: 3, uses: [] };
      const { path, pid } = await startService(nursery, thread, command, options);
      say(`started ${path}`);
      return [path, pid] as [string, number];
    }));
  });
}

async function end(): Promise<void> {
  await Promise.all(Object.keys(asked.marks).map(async (name) => (await connect(name)).down()));
  say("{}");
}

async function run(nursery: Nursery): Promise<void> {
  say("connect");
  const begun = performance.now();
  const found: FleetFound[] = [];
  const pids = await supervise(nursery, "", async (nursery) => {
    return await Promise.all(
      Object.keys(asked.marks).map(async (name) => {
        const host = await connect(name);
        say(`connected ${name}`);
        for (const { state, pid, note } of host.info.standing!.stands) {
          if (state === "kept") found.push({ pid, note: new TextDecoder().decode(note) });
        }
        return await startAll(nursery, name, host);
      }),
    );
  });
  const said: FleetSaid = {
    pids: Object.fromEntries(pids.flat()),
    found,
    took: performance.now() - begun,
  };
  say(JSON.stringify(said));
  await nursery.clock.sleep(seconds(60), { signal: nursery.signal });
}

await (asked.isOver ? end() : Nursery.run(run));
