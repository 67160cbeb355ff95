/** The single executable: the whole example as one file, also where there is nothing else. */
import assert from "node:assert/strict";
import { compile } from "bailiwick/compile";
import { type TestHost, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { Cli } from "./support/cli.ts";
import { systemSuite } from "./support/system_suite.ts";
import { fromFileUrl } from "./support/urls.ts";

const ROOT = fromFileUrl("../..");
const EXECUTABLE = `${ROOT}/dist/test/bailiwick`;
const ignore = !testHostsAvailable().ok;

await compile(`${ROOT}/main.ts`, { output: EXECUTABLE });
systemSuite("executable", new Cli([EXECUTABLE]));

/**
 * Starts the executable, trades the sample, and stops it, in a test host. Its PATH has ssh and nothing
 * else. A pipe tells when it is ready.
 */
const TRADE = `
set -e
cd /root
mkdir -p bin && ln -sf "$(command -v ssh)" bin/ssh && mkfifo ready
env -i HOME=/root PATH=/root/bin ./bailiwick up --json "$@" >ready 2>errors &
read -r line <ready || { cat errors; exit 1; }
address=\${line#*'"address":"'}
env -i HOME=/root PATH=/root/bin ./bailiwick trade orders.csv --to "\${address%%'"'*}" >answers
kill -TERM $!
wait $!
case $* in *prod*) env -i HOME=/root PATH=/root/bin ./bailiwick down >ready.down;; esac
sed 's/^ACCEPT .*/ACCEPT/' answers
rm -rf bin ready* answers errors
`;

async function tradesOn(host: TestHost, config: string, flags: readonly string[]): Promise<void> {
  const sources = [EXECUTABLE, `${ROOT}/examples/orders.csv`];
  const copied = await new Deno.Command("scp", {
    args: ["-q", "-F", config, ...sources, `${host.name}:/root/`],
  }).output();
  assert.ok(copied.success, new TextDecoder().decode(copied.stderr));
  const { code, stdout, stderr } = await host.run([
    "timeout",
    "60",
    "sh",
    "-c",
    TRADE,
    "sh",
    ...flags,
  ]);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stdout, await Deno.readTextFile(`${ROOT}/examples/orders.expected.txt`));
}

Deno.test({
  name: "executable: alone on a host, it trades the sample in dev",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const [host] = network.hosts;
    await tradesOn(host!, network.sshConfig, ["--topology", "dev"]);
  },
});

Deno.test({
  name: "executable: alone on a host, it trades the sample in prod over three others",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 4 });
    const roles = ["front=host1", "shard=host2", "shard=host3"];
    const hosts = roles.flatMap((role) => ["--host", role]);
    const flags = ["--topology", "prod", "--data", "/root/books", ...hosts];
    await tradesOn(network.hosts[0]!, network.sshConfig, flags);
  },
});
