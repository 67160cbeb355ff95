import assert from "node:assert/strict";
import { systemClock } from "../clock/mod.ts";
import { Model, type ScopeState, type ServiceRow } from "../model/mod.ts";
import { Nursery } from "../nursery/mod.ts";
import { ServiceError } from "../service/mod.ts";
import { WaitStatus } from "../thread/mod.ts";
import { showFailure, unsettled } from "./failure_screen.ts";
import { Terminal } from "./terminal.ts";

/** A stream that keeps what is written to it, until it is broken. */
class Screen {
  text = "";
  isBroken = false;
  writes = 0;

  writeSync(bytes: Uint8Array): number {
    this.writes++;
    if (this.isBroken) throw new Error("Input/output error (os error 5)");
    this.text += new TextDecoder().decode(bytes);
    return bytes.length;
  }

  isTerminal(): boolean {
    return false;
  }
}

function terminal(): { screen: Screen; terminal: Terminal } {
  const screen = new Screen();
  return { screen, terminal: new Terminal(screen) };
}

const END = { time: 0, swept: 0, userTime: 0, systemTime: 0, maxRss: 0 } as const;

function failure(path: string, instance: bigint, problem?: string): ServiceError {
  return new ServiceError({
    ...{ path, instance, host: "db1", pid: 7, command: "true\x1b[2J", problem },
    status: new WaitStatus({ kind: "killed", status: 9, instance, cause: "itself", ...END }),
    wasReady: true,
    waiting: ["startShard", "startTrading"],
    ran: 12,
    reason: undefined,
    lastLines: ["it is broken"],
  });
}

function row(path: string, instance: bigint, times: Partial<ServiceRow>): ServiceRow {
  return {
    ...{ path, instance, host: "db1", pid: 7, command: "true", address: undefined },
    ...{ reason: undefined, says: undefined, paused: undefined, inherited: undefined },
    ...{ started: 0, since: 0, ready: undefined },
    ...{ stopping: undefined, ended: undefined, end: undefined },
    began: "starting",
    state: "stopped",
    ...times,
  };
}

function stopped(at: number, cause: "stopped" | "forced" = "stopped", swept = 0) {
  const end = { status: "exited with status 0", cause, swept };
  return { stopping: at, ended: at + 1, end };
}

Deno.test("showFailure() tells services apart by their instance, and the cause first", () => {
  const { screen, terminal: to } = terminal();
  const error = new AggregateError([failure("orderd", 1n), new Error("then\nthis")]);
  showFailure(to, error, [
    row("stopped long before", 9n, stopped(1)),
    row("orderd", 1n, { state: "failed", ended: 5, end: stopped(5).end }),
    row("orderd", 2n, stopped(7, "stopped", 2)),
    row("gatewayd", 3n, stopped(6, "stopped", 1)),
    row("gone", 4n, { state: "unknown", ended: 6 }),
  ]);
  assert.equal(
    screen.text,
    `
FAILED  orderd on db1
how     killed by SIGKILL, after 12 ms
which   pid 7, instance 1
command true\\e[2J
waiting startShard in startTrading
said    it is broken

then    Error: then
        this
undone  gatewayd exited with status 0, and 1 that it left was killed
        orderd exited with status 0, and 2 that it left were killed
`,
  );
});

Deno.test("showFailure() lists what was stopped since a failure of no service", async () => {
  const { screen, terminal: to } = terminal();
  const now = systemClock.now();
  const error = await Nursery.run(() => Promise.reject(new Error("no service"))).catch((e) => e);
  showFailure(to, error, [
    row("stopped long before", 1n, stopped(now - 1)),
    row("positiond", 2n, stopped(systemClock.now() + 2)),
    row("orderd", 3n, stopped(systemClock.now() + 1)),
  ]);
  assert.equal(
    screen.text,
    `
FAILED  Error: no service
undone  orderd exited with status 0
        positiond exited with status 0
`,
  );
});

Deno.test("showFailure() says what was wrong with a service that was stopped for it", () => {
  const { screen, terminal: to } = terminal();
  showFailure(to, failure("orderd", 1n, "was not ready within 60 s"), []);
  assert.match(screen.text, /how {5}was not ready within 60 s, and was stopped: killed by SIGKILL/);
});

Deno.test("showFailure() says what else was wrong, when it was, and what can be done", () => {
  const model = new Model();
  const change = (path: string, state: ScopeState, reason?: string) =>
    model.tell({ kind: "scope-changed", path, state, reason });
  change("web", "held", "it has failed 3 times\nand more");
  change("cache", "backing off");
  change("cache", "standing");
  model.tell({ kind: "host-lost", host: "db1", reason: "silent" });
  change("orders", "failed");
  change("late", "held");
  const { screen, terminal: to } = terminal();
  showFailure(to, new Error("failed"), [], {
    ...{
      elapsed: 84_120,
      besides: unsettled(model),
      next: ["shop up starts it again", "and so on"],
    },
  });
  assert.equal(
    screen.text,
    `
FAILED  Error: failed
besides web was held: it has failed 3 times
        db1 was lost
when    84.1 s after the program began
next    shop up starts it again
        and so on
`,
  );
});

Deno.test("a terminal that has gone ends the output, and nothing else", () => {
  const { screen, terminal: to } = terminal();
  screen.isBroken = true;
  to.say("lost");
  screen.isBroken = false;
  to.say("lost, too");
  showFailure(to, new Error("failed"), []);
  assert.deepEqual([screen.text, screen.writes], ["", 1]);
});
