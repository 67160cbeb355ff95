import assert from "node:assert/strict";
import { again, ask, fail, leave } from "./mod.ts";

const OTHER_DATABASE = {
  does: "starts with a copy",
  takes: { path: "where the copy is", owner: "whose it is" },
  answer: (values: Readonly<Record<string, unknown>>) =>
    again({ arguments: { database: values.path } }),
};

Deno.test("ask() offers again, again with other arguments, leave and fail", () => {
  const { question, choices } = ask("What now?");
  assert.equal(question, "What now?");
  assert.deepEqual(
    choices({ database: "db", shards: 2 }).map(({ label, does, takes, needs }) => {
      return [label, does, Object.keys(takes), needs];
    }),
    [
      ["again", "starts what failed again, and what must follow it", [], "all"],
      [
        "again-with",
        "starts what failed again, and what must follow it, with other arguments",
        ["database", "shards"],
        "some",
      ],
      ["leave", "leaves down what failed; the rest goes on", [], "all"],
      ["fail", "fails the scope", [], "all"],
    ],
  );
});

Deno.test("ask() offers other arguments only in a scope that has some", () => {
  assert.deepEqual(ask("?").choices().map(({ label }) => label), ["again", "leave", "fail"]);
});

Deno.test("choose() gives the answer that a choice stands for", () => {
  const question = ask("?", { retry: again("all"), copy: OTHER_DATABASE });
  assert.deepEqual(question.choose("retry"), again("all"));
  assert.deepEqual(
    question.choose("copy", { path: "/srv/copy", owner: "root" }),
    again({ arguments: { database: "/srv/copy" } }),
  );
  assert.deepEqual(
    ask("?").choose("again-with", { shards: 3 }, { database: "db", shards: 2 }),
    again({ arguments: { shards: 3 } }),
  );
});

Deno.test("choose() names the nearest label when there is none such", () => {
  assert.throws(() => ask("?").choose("leaf"), {
    name: "ChoiceError",
    message: 'There is no choice "leaf"; the nearest of again, leave, fail is "leave"',
  });
  assert.throws(() => ask("?").choose("constructor"), { name: "ChoiceError" });
});

Deno.test("choose() says what a choice takes when it is given other values", () => {
  const question = ask("?", { retry: again(), copy: OTHER_DATABASE });
  const about = "\n  path: where the copy is\n  owner: whose it is";
  const refusals: [string, Record<string, unknown>, string][] = [
    ["copy", {}, `takes path, owner, and was not given path, owner${about}`],
    ["copy", { path: "/srv" }, `takes path, owner, and was not given owner${about}`],
    [
      "copy",
      { path: "/srv", user: "root" },
      `takes path, owner, and was given user and was not given owner${about}`,
    ],
    ["retry", { after: 5 }, "takes nothing, and was given after"],
  ];
  for (const [label, values, message] of refusals) {
    assert.throws(() => question.choose(label, values), {
      name: "ChoiceError",
      message: `Choice "${label}" ${message}`,
    });
  }
});

Deno.test("choose() wants at least one argument of the scope, and no other", () => {
  const scope = { database: "db", shards: 2 };
  const about = ["database", "shards"].map((name) =>
    `\n  ${name}: instead of what the scope was given`
  );
  assert.throws(() => ask("?").choose("again-with", {}, scope), {
    message: `Choice "again-with" takes at least one of database, shards, ` +
      `and was not given database or shards${about.join("")}`,
  });
  assert.throws(() => ask("?").choose("again-with", { shard: 3 }, scope), {
    message: `Choice "again-with" takes at least one of database, shards, ` +
      `and was given shard${about.join("")}`,
  });
});

Deno.test("a choice says in words what its answer does", () => {
  const { choices } = ask("?", {
    rest: again({ what: "rest", after: 1500 }),
    other: again({ arguments: { database: "copy", shards: 2 } }),
    down: leave(),
    end: fail("the disk is gone"),
    more: ask("Really?"),
  });
  assert.deepEqual(choices().map(({ does }) => does), [
    "starts what failed and all that came after it again, after 1.5 s",
    "starts what failed again, and what must follow it, with other database, shards",
    "leaves down what failed; the rest goes on",
    "fails the scope: the disk is gone",
    "asks: Really?",
  ]);
});

Deno.test("ask() refuses to ask without a choice", () => {
  assert.throws(() => ask("What now?", {}), {
    name: "RangeError",
    message: "Nothing to choose is offered: What now?",
  });
});
