/**
 * A /24 of private addresses for one run, held by a lock on a file that the kernel drops with the run.
 *
 * Everything that a run makes outside its hosts is named after its subnet: the directory and the lock in
 * {@linkcode BASE}, the bridge, the veths (one link group). Hosts die with the run by PDEATHSIG. So a file
 * there that nobody has locked is what a killed run left, and tells all that must be removed.
 */
import { output, run } from "./command.ts";

const BASE = "/run/bailiwick-test";
const NETWORK = "10.213";

/** One run's share of the machine. */
export class Subnet {
  readonly #lock: Deno.FsFile;

  private constructor(readonly number: number, lock: Deno.FsFile) {
    this.#lock = lock;
  }

  /** Removes what killed runs left, and takes a subnet that no run and no route of this machine has. */
  static async take(): Promise<Subnet> {
    await Deno.mkdir(BASE, { recursive: true, mode: 0o700 });
    using gate = await Deno.open(`${BASE}/gate`, { create: true, write: true });
    await gate.lock(true);
    await removeLeftovers();
    const routes = await run(["ip", "-4", "route", "show", "table", "all"]);
    const start = crypto.getRandomValues(new Uint8Array(1))[0]!;
    for (let i = 0; i < 254; i++) {
      const number = 1 + (start + i) % 254;
      if (routes.includes(`${NETWORK}.${number}.`)) continue;
      const lock = await tryLock(number);
      if (lock === undefined) continue;
      await Deno.mkdir(`${BASE}/${number}`, { mode: 0o700 });
      return new Subnet(number, lock);
    }
    throw new Error(`Cannot make a test network: no free subnet in ${NETWORK}.0.0/16`);
  }

  /** Address `last` of the subnet. */
  address(last: number): string {
    return `${NETWORK}.${this.number}.${last}`;
  }

  /** The same in IPv6, which has the subnet in its last group but one. */
  address6(last: number): string {
    return `fd42:6264:7762::${this.number.toString(16)}:${last.toString(16)}`;
  }

  /** A directory for this run's files. */
  get directory(): string {
    return `${BASE}/${this.number}`;
  }

  get bridge(): string {
    return bridge(this.number);
  }

  get linkGroup(): number {
    return linkGroup(this.number);
  }

  link(index: number): string {
    return `bwt${this.number}h${index}`;
  }

  /** Removes links, files and lock. The hosts must be gone. */
  async release(): Promise<void> {
    using gate = await Deno.open(`${BASE}/gate`, { create: true, write: true });
    await gate.lock(true);
    await remove(this.number);
    this.#lock.close();
  }
}

function bridge(number: number): string {
  return `bwt${number}`;
}

function linkGroup(number: number): number {
  return 21300000 + number;
}

async function tryLock(number: number): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(`${BASE}/${number}.lock`, { create: true, write: true });
  if (await file.tryLock(true)) return file;
  file.close();
  return undefined;
}

async function removeLeftovers(): Promise<void> {
  for (const { name } of [...Deno.readDirSync(BASE)]) {
    const number = Number(/^(\d+)\.lock$/.exec(name)?.[1]);
    if (Number.isNaN(number)) continue;
    using lock = await tryLock(number);
    if (lock !== undefined) await remove(number);
  }
}

/** The lock is removed last, so that a kill in between leaves something to find. */
async function remove(number: number): Promise<void> {
  await output(["ip", "link", "delete", "group", String(linkGroup(number))]);
  await Deno.remove(`${BASE}/${number}`, { recursive: true }).catch(() => {});
  await Deno.remove(`${BASE}/${number}.lock`);
}
