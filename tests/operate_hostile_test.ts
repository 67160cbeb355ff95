/** Text that services make up: nothing of it acts on a terminal, or becomes anything but text. */
import assert from "node:assert/strict";
import { Command, startService, supervise } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import type { LogMessage, Snapshot } from "../lib/operate/api.ts";
import { detailText } from "../lib/cli/operate/describe.ts";
import { eventText } from "../lib/cli/operate/events.ts";
import { psText } from "../lib/cli/operate/ps.ts";
import { handlerOf } from "../lib/operate/handler.ts";
import { RunningSystem } from "../lib/operate/system.ts";
import { choose, dice } from "./support/dice.ts";

const LINES = 1000;
const PARTS = [
  ...["\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b31m", "\r", "\x07", "\x08", "\u202e", "\u2066", "\x00"],
  ...[
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "text",
    "ä",
    "🙂",
    "\t",
    "\x7f",
  ],
];
// deno-lint-ignore no-control-regex
const ACTS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function hostile(seed: number): string {
  const roll = dice(seed);
  return Array.from({ length: 1 + roll(6) }, () => choose(roll, PARTS)).join("");
}

systemTest(
  `${LINES} hostile lines and names stay text, in logs, tables, events and JSON`,
  async ({ nursery, thread, tmpdir }) => {
    const { model } = thread.host;
    const path = tmpdir.join("lines");
    const lines = Array.from({ length: LINES }, (_, at) => `${at} ${hostile(at)}`);
    await thread.writeFile(path, `${lines.join("\n")}\n`);
    const name = `evil${named(1)}`;
    await supervise(nursery, "all", async (nursery) => {
      const words = ["-c", 'cat "$0"; exec sleep 1000', path, named(2)];
      await startService(nursery, thread, new Command("sh", words), { name });
    }, { model });
    const about = { program: "evil", system: "evil", pid: 1, since: "", standing: false };
    const handler = handlerOf(new RunningSystem(about, model, nursery));
    const get = async (what: string) =>
      await (await handler(new Request(`http://localhost/v1/${what}`))).text();
    while (model.journal.lastNumber < LINES) await model.journal.news;

    const said = (await get("logs")).trim().split("\n").map((line): LogMessage => JSON.parse(line));
    assert.equal(said.length, LINES);
    for (const message of said) {
      assert.ok("line" in message);
      assert.doesNotMatch(message.line, ACTS);
      assert.doesNotMatch(message.service, ACTS);
    }
    const snapshot: Snapshot = JSON.parse(await get("model"));
    const { services } = snapshot;
    const detail = JSON.parse(await get(`services/${encodeURIComponent(services[0]!.name)}`));
    const shown = [
      psText({ services, model: snapshot, problems: [] }, Infinity),
      detailText(detail, "evil"),
      ...detail.history.map(eventText),
    ];
    for (const text of shown) assert.doesNotMatch(text, ACTS);
  },
);

/** Of a name no path and no end of a string. */
function named(seed: number): string {
  return hostile(seed).replaceAll("/", "").replaceAll("\x00", "");
}
