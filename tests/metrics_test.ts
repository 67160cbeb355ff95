/** What Prometheus is told. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import { firstLine } from "./support/cli.ts";
import { OperatedCli } from "./support/operated.ts";

const SCRAPED_WITHIN = 20_000;

async function metricsOf(cli: OperatedCli): Promise<string> {
  return await cli.ask(async (client) => await (await client.request("metrics")).text());
}

Deno.test("promtool finds nothing wrong with the metrics, and they are true", async () => {
  await using cli = await OperatedCli.up();
  await cli.run("restart", "front");
  const text = await metricsOf(cli);
  const child = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stderr, stdout } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.deepEqual([code, said], [0, ""]);
  const has = (line: string) => assert.ok(text.split("\n").includes(line), `${line} in ${text}`);
  has('bailiwick_service_restarts_total{service="front",host="local"} 1');
  has('bailiwick_service_restarts_total{service="cache",host="local"} 0');
  has('bailiwick_service_state{service="cache",host="local",state="running"} 1');
  has('bailiwick_service_state{service="cache",host="local",state="failed"} 0');
  has('bailiwick_host_up{host="local"} 1');
  has("bailiwick_lines_total 4");
  assert.match(text, /^bailiwick_service_memory_bytes\{service="cache",host="local"\} [1-9]\d+$/m);
});

Deno.test("a real Prometheus reads them from the page", async () => {
  await using cli = await OperatedCli.up();
  const dashboard = cli.spawn("dashboard", "--json");
  const stderr = dashboard.stderr.text();
  const { host, hash } = new URL(JSON.parse(await firstLine(dashboard.stdout)).url);
  const directory = await Deno.makeTempDir();
  const [, credentials] = /^#token=([\w-]+)$/.exec(hash)!;
  const job = {
    ...{ job_name: "shop", metrics_path: "/v1/metrics", scrape_interval: "1s" },
    ...{ scrape_timeout: "1s", authorization: { credentials } },
    static_configs: [{ targets: [host] }],
  };
  // JSON is YAML.
  await Deno.writeTextFile(
    `${directory}/prometheus.yml`,
    JSON.stringify({ scrape_configs: [job] }),
  );
  const port = freePort();
  const prometheus = new Deno.Command("prometheus", {
    args: [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  try {
    const query = new URLSearchParams({ query: 'bailiwick_service_state{state="running"} == 1' });
    await until("Prometheus has the states", async () => {
      const url = `http://127.0.0.1:${port}/api/v1/query?${query}`;
      const response = await fetch(url).catch(() => undefined);
      const { data } = await response?.json().catch(() => ({})) ?? {};
      return data?.result?.length === 3;
    }, SCRAPED_WITHIN);
  } finally {
    prometheus.kill("SIGTERM");
    await prometheus.status;
    dashboard.kill("SIGINT");
    await dashboard.status;
    await Deno.remove(directory, { recursive: true });
  }
  assert.equal(await stderr, "");
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
