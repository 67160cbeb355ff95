/** `up` where all stands as it is asked for. */
import assert from "node:assert/strict";
import { TestNetwork } from "bailiwick/testing";
import { StandingCli } from "../../tests/support/standing.ts";
import { takeTurns } from "./measure.ts";
import { type Group, ratioAtMost, type Samples } from "./row.ts";
import { sshTrue, succeed } from "./ssh_peers.ts";

const HOSTS = 3;
const [OURS, PEERS] = ["up", "deno eval 1, then three ssh host true"];

/** The whole program, run from its bundle as it is kept: until it says that all is ready. */
export const unchanged: Group = {
  rows: [{
    name: "up with nothing changed, three ssh hosts, the whole process until all is ready",
    unit: "ms",
    ours: OURS!,
    other: PEERS!,
    reach: ratioAtMost(1.3),
  }],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: HOSTS });
    const names = network.hosts.map(({ name }) => name);
    const config = network.sshConfig;
    await using cli = await StandingCli.make("../../main.ts");
    const where = names.flatMap((
      name,
      index,
    ) => ["--host", `${index ? "shard" : "front"}=${name}`]);
    const words = ["--topology", "prod", "--ssh-config", config, ...where, "--data", "/root/books"];
    const first = await cli.run("up", "--detach", ...words);
    assert.equal(first.code, 0, first.stderr);
    return await takeTurns(10, {
      [OURS!]: async () => {
        const begin = performance.now();
        const up = await cli.up(...words);
        const took = performance.now() - begin;
        await up.kill("SIGINT");
        return took;
      },
      [PEERS!]: async () => {
        const begin = performance.now();
        await succeed([Deno.execPath(), "eval", "1"]);
        await Promise.all(names.map((name) => sshTrue(config, name)));
        return performance.now() - begin;
      },
    });
  },
};
