/** Policies: what is done about failures. */
export {
  type Again,
  again,
  type AgainOptions,
  type Answer,
  type Arguments,
  type Ask,
  type Choice,
  type Extent,
  type Fail,
  fail,
  type Leave,
  leave,
} from "./answer.ts";
export { ask, ChoiceError, type ChoiceOptions, type Choices } from "./ask.ts";
export { backoff, type BackoffOptions } from "./backoff.ts";
export type { Past } from "./history.ts";
export {
  always,
  type Failure,
  never,
  onFailure,
  type OnFailureOptions,
  type Policy,
} from "./policy.ts";
