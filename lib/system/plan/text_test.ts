/** Plans as people and programs see them. */
import assert from "node:assert/strict";
import { Plan, type PlannedAction } from "./plan.ts";
import { planText } from "./text.ts";

const NOTHING = { fields: [], reasons: [] };

const actions: readonly PlannedAction[] = [
  { deed: "keep", path: "books", kind: "directory", host: "a", ...NOTHING },
  { deed: "keep", path: "orders/positiond", kind: "service", host: "a", ...NOTHING },
  {
    ...{ deed: "replace", path: "orders/orderd", kind: "service", host: "a" },
    fields: ["arguments", "uses"],
    reasons: ['arguments[3] was "1" and is "\x1b[31m2"', "follows orders/positiond"],
  },
  { deed: "run", path: "orders/fill", kind: "result", host: undefined, ...NOTHING },
  { deed: "start", path: "front/gatewayd", kind: "service", host: "b", ...NOTHING },
  {
    ...{ deed: "release", path: "old socket", kind: "descriptor", host: "a" },
    ...{ fields: [], reasons: ["it is not asked for any more"] },
  },
];
const seals = [
  { scope: "front", what: "open /etc/front.conf", place: "components/front/mod.ts:41" },
];

Deno.test("a plan as text has what changes, why, and where it ends", () => {
  assert.equal(
    planText(new Plan(actions, seals)),
    `replace  orders/orderd on a
           arguments[3] was "1" and is "\\e[31m2"
           follows orders/positiond
run      result orders/fill
start    front/gatewayd on b
release  descriptor old socket on a
           it is not asked for any more
cannot see beyond components/front/mod.ts:41 in scope front
           it would open /etc/front.conf
2 stay as they are`,
  );
});

Deno.test("a plan that changes nothing says so, unless it cannot see all", () => {
  assert.equal(planText(new Plan([], [])), "nothing to change");
  assert.equal(planText(new Plan(actions.slice(0, 1), [])), "nothing to change\n1 stays as it is");
  const blind = new Plan([], seals);
  assert.equal(blind.isEmpty, false);
  assert.doesNotMatch(planText(blind), /nothing to change/);
});

Deno.test("a plan as JSON has all of it, and its digest stands for that", () => {
  const plan = new Plan(actions, seals);
  const { actions: [first], seals: [seal] } = JSON.parse(JSON.stringify(plan));
  assert.deepEqual(first, {
    ...{ deed: "keep", path: "books", kind: "directory", host: "a", fields: [], reasons: [] },
  });
  assert.deepEqual(seal, seals[0]);
  assert.equal(plan.digest, "1b6b0d609886d0b453a67c98b77380725354726e8cff5bfe151a53e88b47f40f");
  assert.notEqual(new Plan(actions.slice(1), seals).digest, plan.digest);
  assert.notEqual(new Plan(actions, []).digest, plan.digest);
});
