/** Plans: what a run would change, before anything is changed. */
export { foundHost, foundOn, type FoundStanding } from "./found.ts";
export { Plan, type PlannedAction, type PlannedDeed, type PlanSeal } from "./plan.ts";
export { planOf, planOfScope, type PlanOptions, type ScopeTrial } from "./plan_of.ts";
export { planText } from "./text.ts";
