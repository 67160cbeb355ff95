/** Services in TypeScript: starting one, and bringing its runtime to a host. */
import { dirname } from "node:path/posix";
import {
  deploy,
  FilesPackage,
  Nursery,
  scriptCommand,
  sshHost,
  startService,
  storePath,
} from "bailiwick";
import { localHost, type PackedFile, type Thread } from "bailiwick";
import { TestNetwork } from "bailiwick/testing";
import { FileNames, readFiles } from "../../lib/bundle/mod.ts";
import { denoFile } from "../../lib/scripts/runtime.ts";
import { takeTurns } from "./measure.ts";
import { type Group, ratioAtMost, type Samples } from "./row.ts";
import { milliseconds } from "./ssh.ts";
import { pipeline } from "./ssh_peers.ts";

const SERVICE = new URL("./script_service.ts", import.meta.url);
const DENO_RUN = "deno run of its bundle";
const CAT = "cat through ssh";

/** Starting one on a host that has the runtime. */
export const scriptStart: Group = {
  rows: [{
    name: "a TypeScript service from source to ready",
    unit: "ms",
    ours: "service",
    other: DENO_RUN,
    reach: ratioAtMost(1.2),
  }],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    const directory = await Deno.makeTempDir();
    try {
      const bundle = `${directory}/bundle.js`;
      const files = [{ url: SERVICE, module: SERVICE }];
      const { contents } = await readFiles(files, new FileNames(dirname(SERVICE.pathname)));
      await Deno.writeFile(bundle, contents[0]!.content);
      return await takeTurns(20, {
        "service": () => serviceTime(host.thread),
        [DENO_RUN]: () => denoTime(bundle),
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
};

async function serviceTime(thread: Thread): Promise<number> {
  let time = 0;
  await Nursery.run(async (nursery) => {
    time = await milliseconds(async () => {
      await startService(nursery, thread, await scriptCommand(thread, SERVICE), { ready: 3 });
    });
    nursery.cancel();
  });
  return time;
}

/** Until the service says so on its standard output. */
async function denoTime(bundle: string): Promise<number> {
  const begin = performance.now();
  const args = ["run", "--allow-all", "--no-config", bundle];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const time = performance.now() - begin;
  child.kill();
  await reader.cancel();
  await child.status;
  if (done) throw new Error("The bundle ended before it was ready");
  return time;
}

/** Bytes a second of a link that is neither slow nor faster than two cores can feed: 200 Mbit/s. */
const RATE = 25e6;
const [WHOLE, LIMITED] = ["deploy", "deploy at 200 Mbit/s"];

/** Bringing the runtime to a host that does not have it. */
export const scriptRuntime: Group = {
  rows: [
    {
      name: "the runtime of scripts to an ssh host, connecting included",
      unit: "ms",
      ours: WHOLE,
      other: CAT,
      reach: ratioAtMost(1.2),
    },
    {
      name: "the runtime of scripts to an ssh host, at 200 Mbit/s",
      unit: "ms",
      ours: LIMITED,
      other: `${CAT}, at 200 Mbit/s`,
      reach: ratioAtMost(1.2),
    },
  ],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: 1 });
    const relay = await network.relay(network.hosts[0]!, { rate: RATE });
    const file = await denoFile(Deno.build.arch);
    // Held, so that it stays packed.
    const pieces = await file.pieces();
    const packed = `${network.directory}/packed`;
    for await (const { bytes } of pieces) await Deno.writeFile(packed, bytes, { append: true });
    const cat = (config: string) =>
      milliseconds(() =>
        pipeline(["cat", packed], ["ssh", "-F", config, "host0", "cat >/root/packed"])
      );
    return await takeTurns(5, {
      [WHOLE]: () => deployTime(network.sshConfig, file),
      [CAT]: () => cat(network.sshConfig),
      [LIMITED]: () => deployTime(relay.sshConfig, file),
      [`${CAT}, at 200 Mbit/s`]: () => cat(relay.sshConfig),
    });
  },
};

/** Until it is there, and the host's store is as it was before. */
async function deployTime(config: string, file: PackedFile): Promise<number> {
  const begin = performance.now();
  await using host = await sshHost({ to: "host0", config });
  await deploy(host.thread, new FilesPackage("deno", [file]));
  const time = performance.now() - begin;
  await host.thread.removeTree(storePath(host.thread));
  return time;
}
