/** Hosts that tests lose and let come back. */
import { commandHost, type Host, type Model } from "bailiwick";

/** A host behind a shell of this machine. */
export class Machine {
  readonly name: string;
  readonly model: Model;
  /** How often it was tried to connect. */
  attempts = 0;
  /** Whether it cannot be reached. */
  isCut = false;
  #host: Host | undefined;

  constructor(name: string, model: Model) {
    this.name = name;
    this.model = model;
  }

  /** Connects, for `useHost`. */
  readonly connect = async (signal: AbortSignal): Promise<Host> => {
    this.attempts++;
    if (this.isCut) throw new Error(`${this.name} cannot be reached`);
    const { name, model } = this;
    return this.#host = await commandHost(["sh"], { name, model, signal });
  };

  /** Ends its agent, as a crash would, and settles when that is known. */
  async crash(): Promise<void> {
    const host = this.#host!;
    Deno.kill(host.info.pid, "SIGKILL");
    await host.ended;
  }
}

/** Settles at the first event after which something is so, or at once. */
export async function seen(model: Model, condition: () => boolean): Promise<void> {
  if (condition()) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new Error(`It did not come to be: ${condition}`)), 20_000);
  using _ = model.observe(() => condition() && resolve());
  await promise.finally(() => clearTimeout(late));
}
