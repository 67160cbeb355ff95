/**
 * Runs the system for long, with faults: every round of the tests, many more times. What is measured
 * goes to standard output; the first thing that is wrong ends it with an error.
 *
 * Without arguments everything is run; with some, only the parts of these names.
 */
import { agentRounds } from "../tests/support/agent_rounds.ts";
import { stateRounds } from "../tests/support/agent_state.ts";
import { crashRounds } from "../tests/support/crashes.ts";
import { fleetRounds, overtakingRounds } from "../tests/support/fleet.ts";
import { killedResidentRounds } from "../tests/support/killed_residents.ts";
import { killProgramRounds } from "../tests/support/kills.ts";
import { busyNarrowLink } from "../tests/support/narrow_links.ts";
import { randomLoadRounds } from "../tests/support/random_load.ts";
import { farKillRounds, killRounds } from "../tests/support/restarts.ts";
import { growthPerSave } from "../tests/support/saves.ts";
import { replaceGatewayd, replaceOrderd } from "../tests/support/replacements.ts";
import { localServerRounds, remoteServerRounds } from "../tests/support/server_rounds.ts";
import { shardChanges } from "../tests/support/shard_changes.ts";
import { manyServices, spawnRounds } from "../tests/support/spawns.ts";
import { brokenLinkRounds } from "../tests/support/standing_links.ts";
import { standingRounds } from "../tests/support/standing_rounds.ts";
import { unattendedRounds } from "../tests/support/unattended.ts";
import { unreadRounds } from "../tests/support/unread.ts";
import { goBackRounds, upgradeRounds, WRONGS } from "../tests/support/upgrades.ts";

type Part = (report: (line: string) => void) => Promise<void>;

/** Rounds are run in parts of this many, to say how far it is. */
const STEP = 10;

/** What an agent keeps that goes on as another image. */
const MANY = { services: 200, sockets: 50 };

const PARTS: Readonly<Record<string, Part>> = {
  "spawns": (report) => spawnRounds(10_000, report),
  "services": (report) => manyServices(1000, report),
  "orderd": (report) => steps(100, (rounds) => crashRounds("orderd", rounds), report),
  "positiond": (report) => steps(100, (rounds) => crashRounds("positiond", rounds), report),
  "shards": (report) => steps(200, shardChanges, report),
  "restarts": (report) => parts(2000, 100, killRounds, report),
  "restarts-far": (report) => parts(200, 50, farKillRounds, report),
  "replace-gatewayd": (report) => steps(100, replaceGatewayd, report),
  "replace-orderd": (report) => steps(100, replaceOrderd, report),
  "program": (report) => steps(200, killProgramRounds, report),
  "standing": (report) => parts(1000, 50, standingRounds, report),
  "standing-many": (report) => parts(100, 10, fleetRounds, report),
  "standing-unattended": (report) => parts(40, 10, unattendedRounds, report), // 25 ends each
  "standing-unread": (report) => {
    return parts(50, 10, (rounds, first) => unreadRounds(rounds, first, 100_000_000), report);
  },
  "standing-links": (report) => parts(500, 20, brokenLinkRounds, report),
  "standing-residents": (report) => parts(100, 20, killedResidentRounds, report),
  "standing-overtaken": (report) => parts(200, 20, overtakingRounds, report),
  "upgrade-load": (report) => steps(100, upgradeRounds, report),
  "upgrade-back": async (report) => {
    for (const how of WRONGS) await steps(50, (rounds) => goBackRounds(rounds, how), report);
  },
  "agents": (report) => steps(200, (rounds) => agentRounds(rounds, MANY), report),
  "agent-states": (report) => parts(20_000, 1000, stateRounds, report),
  "servers": (report) => steps(200, localServerRounds, report),
  "servers-far": (report) => steps(200, remoteServerRounds, report),
  "saves": async (report) => report(`${await growthPerSave(500)} bytes for each of 1000 saves`),
  "link": async (report) => {
    await busyNarrowLink(600_000);
    report("10 minutes at 64 kbit/s");
  },
  "load": (report) => parts(5000, 100, (count, first) => randomLoadRounds(first, count), report),
};

/** The same in parts of another size, which are told which round is their first, from 1. */
async function parts(
  total: number,
  size: number,
  run: (rounds: number, first: number) => Promise<void>,
  report: (line: string) => void,
): Promise<void> {
  for (let done = 0; done < total; done += size) {
    await run(size, done + 1);
    report(`${done + size} of ${total} rounds`);
  }
}

async function steps(
  total: number,
  run: (rounds: number) => Promise<void>,
  report: (line: string) => void,
): Promise<void> {
  for (let done = 0; done < total; done += STEP) {
    await run(STEP);
    report(`${done + STEP} of ${total} rounds`);
  }
}

function chosen(names: readonly string[]): [string, Part][] {
  const unknown = names.filter((name) => !(name in PARTS));
  if (unknown.length === 0) {
    return Object.entries(PARTS).filter(([name]) => names.length === 0 || names.includes(name));
  }
  console.error(`No such part: ${unknown.join(", ")}. There are: ${Object.keys(PARTS).join(", ")}`);
  Deno.exit(2);
}

const begin = performance.now();
for (const [name, run] of chosen(Deno.args)) {
  await run((line) => {
    const seconds = ((performance.now() - begin) / 1000).toFixed(0).padStart(5);
    console.log(`${seconds} s  ${name}: ${line}`);
  });
}
console.log("Nothing was wrong");
