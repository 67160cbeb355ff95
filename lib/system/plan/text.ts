/** Plans as text for people. Whatever is in names and reasons, it does nothing to a terminal. */
import { printable } from "../../logs/mod.ts";
import type { Plan, PlannedAction, PlanSeal } from "./plan.ts";

/**
 * A plan as lines: what changes, in its order, and how much stays.
 *
 * @example
 * ```ts
 * import { planText, type Plan } from "bailiwick";
 *
 * function show(plan: Plan): void {
 *   console.log(planText(plan));
 * }
 * ```
 */
export function planText(plan: Plan): string {
  const { actions, changes, seals } = plan;
  const kept = actions.filter(({ deed, kind }) => deed === "keep" && kind !== "host").length;
  const lines = [...changes.flatMap(linesOf), ...seals.flatMap(sealed)];
  if (plan.isEmpty) lines.push("nothing to change");
  if (kept > 0) {
    lines.push(`${kept} ${kept === 1 ? "stays" : "stay"} as ${kept === 1 ? "it is" : "they are"}`);
  }
  return lines.join("\n");
}

const WIDTH = "release".length;

function linesOf({ deed, path, kind, host, reasons }: PlannedAction): string[] {
  const of = kind === "service" ? "" : `${kind} `;
  const on = host === undefined ? "" : ` on ${host}`;
  return [
    printable(`${deed.padEnd(WIDTH)}  ${of}${path}${on}`),
    ...reasons.map((reason) => printable(`${" ".repeat(WIDTH)}    ${reason}`)),
  ];
}

function sealed({ scope, what, place, instead }: PlanSeal): string[] {
  const where = place === undefined ? "" : ` ${place}`;
  const of = scope === "" ? "" : ` in scope ${scope}`;
  return [
    printable(`cannot see beyond${where}${of}`),
    printable(`${" ".repeat(WIDTH)}    it would ${what}`),
    ...(instead === undefined
      ? []
      : [printable(`${" ".repeat(WIDTH)}    write instead: ${instead}`)]),
  ];
}
