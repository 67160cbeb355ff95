/** Where a scope is, and why; each change is told to the model. */
import { printable } from "../../logs/mod.ts";
import type { Model, ScopeState } from "../../model/mod.ts";

/** The state of one scope. */
export class Status {
  readonly #path: string;
  readonly #model: () => Model;
  #state: ScopeState = "running";
  #reason: string | undefined;

  constructor(path: string, model: () => Model) {
    this.#path = path;
    this.#model = model;
  }

  get state(): ScopeState {
    return this.#state;
  }

  /** Why, if there is more to say; what it asks while it is held. */
  get reason(): string | undefined {
    return this.#reason;
  }

  become(state: ScopeState, why?: string): void {
    const reason = why === undefined ? undefined : printable(why);
    if (this.#state === state && this.#reason === reason) return;
    this.#state = state;
    this.#reason = reason;
    this.#model().tell({ kind: "scope-changed", path: this.#path, state, reason });
  }

  /** It waits for hosts that are being reconnected. */
  waitFor(hosts: readonly string[]): void {
    const [are, they] = hosts.length === 1 ? ["is", "it is"] : ["are", "they are"];
    const which = hosts.length === 1 ? "host" : "hosts";
    this.become("waiting", `${which} ${hosts.join(", ")} ${are} lost; ${they} being reconnected`);
  }
}
