/** What of what was left is taken, and what is ended, and when. */
import assert from "node:assert/strict";
import { Nursery } from "../nursery/mod.ts";
import { Estate, type Legacy, UnknownStandingError } from "./estate.ts";

/** A legacy whose end is written down. */
class Left implements Legacy {
  readonly kind: string = "service";
  readonly path: string;
  readonly since: number;
  readonly instance: bigint;
  readonly holds: ReadonlySet<bigint>;
  readonly isLeaving: boolean;
  readonly #log: string[];

  constructor(
    log: string[],
    path: string,
    since: number,
    { holds = [], isLeaving = false }: { holds?: readonly Left[]; isLeaving?: boolean } = {},
  ) {
    this.#log = log;
    this.path = path;
    this.since = since;
    this.instance = BigInt(since);
    this.holds = new Set(holds.map(({ instance }) => instance));
    this.isLeaving = isLeaving;
  }

  async end(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.#log.push(`${this.path} ${this.since}`);
  }
}

async function test(body: (estate: Estate, log: string[]) => Promise<void>): Promise<void> {
  await Nursery.run((nursery) => body(Estate.of(nursery), []));
}

Deno.test("of two of one path the later is found, and the earlier ends", () =>
  test(async (estate, log) => {
    const [one, other] = [new Left(log, "a", 1), new Left(log, "a", 2)];
    estate.add(one);
    estate.add(other);
    assert.equal(await estate.find("service", "a"), other);
    assert.ok(estate.take(other));
    assert.equal(await estate.find("service", "a"), undefined);
    assert.deepEqual(log, ["a 1"]);
  }));

Deno.test("what was told to end is not found, and has ended when that is known", () =>
  test(async (estate, log) => {
    estate.add(new Left(log, "a", 1, { isLeaving: true }));
    assert.equal(await estate.find("service", "a"), undefined);
    assert.deepEqual(log, ["a 1"]);
  }));

Deno.test("what holds a process ends before it, and nobody takes it meanwhile", () =>
  test(async (estate, log) => {
    const db = new Left(log, "db", 1);
    const app = new Left(log, "app", 2, { holds: [db] });
    const page = new Left(log, "page", 3, { holds: [app] });
    for (const each of [db, app, page]) estate.add(each);
    assert.ok(estate.take(db));
    const ended = estate.endHolders([db.instance]);
    assert.equal(estate.take(app), false);
    await ended;
    assert.deepEqual(log, ["page 3", "app 2"]);
  }));

Deno.test("what nobody took ends, the last first, and only below the path that is pruned", () =>
  test(async (estate, log) => {
    for (const [index, path] of ["web/a", "shop/b", "web/c", "webs/d"].entries()) {
      estate.add(new Left(log, path, index + 1));
    }
    assert.deepEqual(await estate.prune("web"), ["web/c", "web/a"]);
    assert.deepEqual(log, ["web/c 3", "web/a 1"]);
    assert.deepEqual(await estate.prune(""), ["webs/d", "shop/b"]);
  }));

Deno.test("beside what nobody can tell of nothing is started, and it is not pruned", () =>
  test(async (estate, log) => {
    estate.add(new Left(log, "b", 1));
    const why = "was started by a newer program, whose notes have schema 2";
    estate.addUnknown({ path: "a", what: "process 7 of host far", why });
    await assert.rejects(estate.find("service", "a"), (error: Error) => {
      assert.ok(error instanceof UnknownStandingError);
      assert.match(
        error.message,
        /^a is not started.*process 7 of host far was started by a newer/,
      );
      return true;
    });
    assert.ok(await estate.find("service", "b"));
    estate.addUnknown({ path: undefined, what: "process 8 of host far", why: "has no note" });
    await assert.rejects(estate.find("service", "b"), UnknownStandingError);
    assert.deepEqual(await estate.prune("a"), []);
  }));
