/** Copying to a host over ssh, beside what OpenSSH and tar do. */
import { copyTree, type Host, localHost, sshHost } from "bailiwick";
import { TestNetwork } from "bailiwick/testing";
import { takeTurns } from "./measure.ts";
import { type Group, ratioAtLeast, ratioAtMost, type Samples } from "./row.ts";
import { DELAY_MS, milliseconds } from "./ssh.ts";
import { pipeline, succeed } from "./ssh_peers.ts";

const FILES = 1000;
/** scp takes so long that only a part of the files is copied, and the time is multiplied. */
const PART = 10;
const MIB = 1 << 20;
const LARGE = 256;

/** Many small files over a long link. */
export const copyMany: Group = {
  rows: [
    {
      name: `copy ${FILES} files of 4 KiB at ${DELAY_MS} ms each way, against tar`,
      unit: "ms",
      ours: "copyTree",
      other: "tar through ssh",
      reach: ratioAtMost(1.2),
    },
    {
      name: `copy ${FILES} files of 4 KiB at ${DELAY_MS} ms each way, against scp`,
      unit: "ms",
      ours: "copyTree",
      other: "scp -r",
      reach: ratioAtMost(0.1),
    },
  ],
  async measure(): Promise<Samples> {
    await using setup = await Setup.make(DELAY_MS);
    const { local, remote, directory, config } = setup;
    await makeFiles(`${directory}/all`, FILES);
    await makeFiles(`${directory}/part`, FILES / PART);
    const next = counter("/root/copy-");
    const copies = await takeTurns(4, {
      "copyTree": () =>
        milliseconds(() => copyTree(local.thread, `${directory}/all`, remote.thread, next())),
      "tar through ssh": () => milliseconds(() => tar(`${directory}/all`, config, next())),
    });
    const scp = ["scp", "-q", "-r", "-F", config, `${directory}/part`, `host0:${next()}`] as const;
    return { ...copies, "scp -r": [PART * await milliseconds(() => succeed(scp))] };
  },
};

/** One large file. */
export const copyLarge: Group = {
  rows: [{
    name: `copy ${LARGE} MiB over ssh`,
    unit: "MiB/s",
    ours: "copyTree",
    other: "cat through ssh",
    reach: ratioAtLeast(0.9),
  }],
  async measure(): Promise<Samples> {
    await using setup = await Setup.make(0);
    const { local, remote, directory, config } = setup;
    const file = `${directory}/large`;
    await Deno.writeFile(file, new Uint8Array(LARGE * MIB).fill(7));
    const rate = async (task: () => Promise<unknown>) => LARGE * 1000 / await milliseconds(task);
    const target = "/root/large";
    return await takeTurns(4, {
      "copyTree": async () => {
        await remote.thread.removeTree(target);
        return await rate(() => copyTree(local.thread, file, remote.thread, target));
      },
      "cat through ssh": () =>
        rate(() => pipeline(["cat", file], ["ssh", "-F", config, "host0", `cat >${target}`])),
    });
  },
};

class Setup implements AsyncDisposable {
  private constructor(
    readonly local: Host,
    readonly remote: Host,
    readonly directory: string,
    readonly config: string,
    readonly network: TestNetwork,
  ) {}

  static async make(delayMs: number): Promise<Setup> {
    const network = await TestNetwork.make({ hosts: 1 });
    const { sshConfig } = delayMs === 0
      ? network
      : await network.relay(network.hosts[0]!, { delay: delayMs });
    const local = await localHost();
    const remote = await sshHost({ to: "host0", config: sshConfig });
    return new Setup(local, remote, await Deno.makeTempDir(), sshConfig, network);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
    await this.remote.close();
    await this.local.close();
    await this.network.close();
  }
}

async function makeFiles(directory: string, count: number): Promise<void> {
  await Deno.mkdir(directory);
  for (let i = 0; i < count; i++) {
    await Deno.writeFile(`${directory}/${i}`, new Uint8Array(4096).fill(i));
  }
}

function tar(source: string, config: string, target: string): Promise<void> {
  const unpack = `mkdir ${target} && tar -C ${target} -xf -`;
  return pipeline(["tar", "-C", source, "-cf", "-", "."], ["ssh", "-F", config, "host0", unpack]);
}

function counter(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}${count++}`;
}
