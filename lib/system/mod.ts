/** Systems over time: scopes, whose bodies can be run again, and what is kept from run to run. */
export * from "./policy/mod.ts";
export { DuplicateNameError, EndedError, ScopeError, ScopeStateError } from "./scope/errors.ts";
export type { Body } from "./scope/run.ts";
export type { AnyScope, Scope } from "./scope/scope.ts";
export { onHeld, scopeOf, scopesOf, supervise, type SuperviseOptions } from "./scope/supervise.ts";
export { hold } from "./kept/hold.ts";
export { keep, type KeepOptions } from "./kept/keep.ts";
export { useHost, type UseHostOptions } from "./kept/use_host.ts";
export { type Json, once } from "./kept/once.ts";
export { afterConfirm, awaitConfirmation } from "./kept/after_confirm.ts";
export * from "./plan/mod.ts";
