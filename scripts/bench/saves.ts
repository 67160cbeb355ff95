/** What a developer waits for after a save. */
import { Watched } from "../../tests/support/watched.ts";
import { Fifo } from "./fifo.ts";
import { takeTurns } from "./measure.ts";
import { type Group, ratioAtMost, type Samples } from "./row.ts";

const DENO = "deno run --watch";

const MAIN = `
import { scriptCommand, startService } from "bailiwick";
import { main, thisMachine } from "bailiwick/cli";

await main({
  name: "saved",
  topologies: { dev: { about: "here", hosts: { here: thisMachine } } },
  async system(nursery, { here: { thread } }) {
    const command = await scriptCommand(thread, new URL("./service.ts", import.meta.url));
    await startService(nursery, thread, command, { ready: 3 });
    return { text: "started" };
  },
});
`;

/** A service that says its version when it serves. */
function serviceOf(fifo: string, version: number): string {
  return `
import { createServer } from "node:http";
import { ready } from "bailiwick/service";

createServer((_request, response) => response.end()).listen(0, "127.0.0.1", async () => {
  await ready();
  Deno.writeTextFileSync(${JSON.stringify(fifo)}, "${version}\\n", { create: false });
});
`;
}

/** From a save to the word of the service that was saved. */
export const saves: Group = {
  rows: [{
    name: "a save to the replaced service ready",
    unit: "ms",
    ours: "up --watch",
    other: DENO,
    reach: ratioAtMost(1),
  }],
  async measure(): Promise<Samples> {
    const directory = await Deno.makeTempDir();
    try {
      using ours = await Fifo.make(`${directory}/ours`);
      using theirs = await Fifo.make(`${directory}/theirs`);
      const files = { "main.ts": MAIN, "service.ts": serviceOf(ours.path, 0) };
      await using watched = await Watched.start(files);
      await ours.line();
      await using peer = await Peer.start(watched.directory, theirs);
      return await takeTurns(15, {
        "up --watch": saver(`${watched.directory}/service.ts`, ours),
        [DENO]: saver(peer.path, theirs),
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
};

/** Saves a service's next version and waits for its word. */
function saver(path: string, fifo: Fifo): () => Promise<number> {
  let version = 0;
  return async () => {
    const text = serviceOf(fifo.path, ++version);
    const begin = performance.now();
    await Deno.writeTextFile(path, text);
    while (await fifo.line() !== `${version}`);
    return performance.now() - begin;
  };
}

/** A like service by deno alone. */
class Peer implements AsyncDisposable {
  readonly path: string;
  readonly #child: Deno.ChildProcess;

  private constructor(path: string, cwd: string) {
    this.path = path;
    const args = ["run", "-A", "--no-check", "--watch", "--no-clear-screen", path];
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#child = new Deno.Command(Deno.execPath(), { args, cwd, ...quiet }).spawn();
  }

  static async start(directory: string, fifo: Fifo): Promise<Peer> {
    const path = `${directory}/peer.ts`;
    await Deno.writeTextFile(path, serviceOf(fifo.path, 0));
    const peer = new Peer(path, directory);
    await fifo.line();
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
