/** Nothing that was started outlives the program or its agent. */
import assert from "node:assert/strict";
import { HostLostError, localHost, Nursery, ScopeError } from "bailiwick";
import { runSystem } from "bailiwick/testing";
import { startTrading } from "../components/trading.ts";
import { killProgramRounds } from "./support/kills.ts";

Deno.test("kill -9 of the program leaves nothing within 1 s", () => killProgramRounds(20));

Deno.test("kill -9 of the agent ends its services and names the host", async () => {
  await runSystem(
    (options) => localHost({ ...options, name: "victim" }),
    async ({ host, thread, tmpdir }) => {
      const system = Nursery.run(async (nursery) => {
        const place = { thread, address: "127.0.0.1", data: tmpdir.join("data") };
        await startTrading(nursery, { front: { ...place, port: 0 }, shards: [place] });
        Deno.kill(host.info.pid, "SIGKILL");
      });
      await assert.rejects(system, (error) => {
        const failures = error instanceof AggregateError ? error.errors : [error];
        for (const failure of failures) {
          const cause = failure instanceof ScopeError ? failure.cause : failure;
          assert.ok(cause instanceof HostLostError, `${failure}`);
          assert.match(cause.message, /victim/);
        }
        return failures.length > 0;
      });
    },
  );
});

Deno.test("SIGTERM of the agent ends everything", async () => {
  await runSystem(localHost, async ({ host }) => {
    Deno.kill(host.info.pid, "SIGTERM");
    assert.ok((await host.ended) instanceof HostLostError);
  });
});
