/** What a plan sees of what earlier programs have left, by what they noted. */
import assert from "node:assert/strict";
import { SockaddrIn } from "../../abi/mod.ts";
import { fakeThread } from "../../thread/fake_host.ts";
import { Command, Secret, type Thread } from "../../thread/mod.ts";
import { SALT } from "../../service/canonical.ts";
import { fingerprintOf } from "../../service/fingerprint.ts";
import { type Note, noted } from "../../service/note.ts";
import { type StartOptions, startService } from "../../service/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import type { Standing } from "../../wire/mod.ts";
import { afterConfirm } from "../kept/after_confirm.ts";
import { hold } from "../kept/hold.ts";
import { once } from "../kept/once.ts";
import { foundOn } from "./found.ts";
import type { Plan } from "./plan.ts";
import { planOf } from "./plan_of.ts";

const PATH = "/srv/a/rather/long/path/so/that/what/is/noted/is/its/hash/and/not/the/text/itself";

function standing(note: object, rest: Partial<Standing> = {}): Standing {
  const bytes = new TextEncoder().encode(JSON.stringify({ schema: 1, since: 1, ...note }));
  return {
    ...{ thread: 7, instance: 5n, started: 0, pid: 70, state: "kept", name: "", note: bytes },
    ...rest,
  };
}

function service(thread: Thread, path: string, command: Command, options: StartOptions = {}) {
  const { fingerprint } = fingerprintOf(thread, command, options, "salt");
  const note = { kind: "service", path, fingerprint: noted(fingerprint), salt: "salt", holds: [] };
  return { ...note, command: command.name, stop: { signal: 15, grace: 1, group: false } };
}

function held(path: string, note: Partial<Note> & { value: string; sockname?: string }): Standing {
  const all = { kind: "descriptor", path, fingerprint: { host: "fake" }, salt: SALT, ...note };
  return standing(all, { state: "held", name: path, instance: 0n });
}

const command = (port: number) => new Command("appd", ["--data", PATH, "--port", port]);

function system(thread: Thread, port: number) {
  return async (nursery: Nursery) => {
    const http = await hold(nursery, thread, "http", () => Promise.reject(new Error("held")));
    const address = await http.getsockname();
    const count = await once(nursery, "count", 1, () => Promise.resolve(3));
    const secrets = { KEY: new Secret("k") };
    await startService(nursery, thread, command(port), { name: "app", secrets });
    return { address, count };
  };
}

Deno.test("what was noted is compared with what is asked for, secrets and long texts too", async () => {
  const { thread } = await fakeThread();
  const sockname = new SockaddrIn("10.0.0.1", 80).encode().toBase64();
  const app = service(thread, "app", command(80), { secrets: { KEY: new Secret("k") } });
  const stands = [
    held("http", { value: "uuid", sockname }),
    held("count", { kind: "result", value: "3", fingerprint: { key: "1" } }),
    standing(app),
    standing({ ...service(thread, "old", command(1)), since: 2 }, { instance: 6n }),
  ];
  const same = await planOf(system(thread, 80), foundOn("fake", stands));
  assert.deepEqual(same.seals, []);
  const deeds = (plan: typeof same) => plan.actions.map(({ deed, path }) => `${deed} ${path}`);
  assert.deepEqual(deeds(same), ["keep http", "keep count", "keep app", "stop old"]);
  const other = await planOf(system(thread, 81), foundOn("fake", stands));
  assert.deepEqual(deeds(other), ["keep http", "keep count", "replace app", "stop old"]);
  assert.deepEqual(other.changes[0]!.fields, ["arguments"]);
});

Deno.test("what has ended or was told to end is started", async () => {
  const { thread } = await fakeThread();
  const body = async (nursery: Nursery) => void await startService(nursery, thread, command(1));
  const note = service(thread, "appd", command(1));
  for (const each of [standing(note, { state: "ended" }), standing({ ...note, isLeaving: true })]) {
    const plan = await planOf(body, foundOn("fake", [each]));
    assert.deepEqual(plan.actions.map(({ deed, reasons }) => [deed, reasons]), [
      ["start", ["it is down"]],
    ]);
  }
  const twice = [standing(note), standing({ ...note, since: 9 }, { state: "ended" })];
  assert.equal((await planOf(body, foundOn("fake", twice))).actions[0]!.deed, "start");
});

Deno.test("nothing is foreseen of what nobody can tell, and it is not said to be stopped", async () => {
  const { thread } = await fakeThread();
  const newer = standing({ ...service(thread, "appd", command(1)), schema: 2 });
  const body = async (nursery: Nursery) => void await startService(nursery, thread, command(1));
  const plan = await planOf(body, foundOn("fake", [newer]));
  assert.deepEqual(plan.actions, []);
  assert.match(plan.seals[0]!.what, /^tell what appd is, which was started by a newer program/);
  assert.deepEqual((await planOf(async () => {}, foundOn("fake", [newer]))).actions, []);
  for (const note of [{}, { kind: "result", path: "x", fingerprint: {}, value: "{", salt: "s" }]) {
    const [found] = foundOn("fake", [standing(note, { state: "held", name: "x" })]);
    assert.match(found!.unknown!, /^has a/);
  }
});

Deno.test("what cannot be undone is planned last, and not again when it was done", async () => {
  const { thread } = await fakeThread();
  const body = async (nursery: Nursery) => {
    await afterConfirm(nursery, "drop columns", 3, () => Promise.reject(new Error("planned")));
    await startService(nursery, thread, command(80), { name: "app" });
  };
  const made = (plan: Plan) => plan.changes.map(({ deed, path }) => `${deed} ${path}`);
  const old = held("old", { value: "uuid" });
  assert.deepEqual(made(await planOf(body, foundOn("fake", [old]))), [
    ...["start app", "release old", "run drop columns"],
  ]);
  const note = {
    kind: "task after confirmation",
    value: "null",
    fingerprint: { key: "3" },
  } as const;
  const done = held("drop columns", note);
  assert.deepEqual(made(await planOf(body, foundOn("fake", [done]))), ["start app"]);
});
