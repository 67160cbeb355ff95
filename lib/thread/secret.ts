/**
 * Secrets: values that reach a service by a memory file or a pipe, and nothing else. What arguments and
 * environment hold, everybody on a host can read, and logs, errors and tables show. A secret shows itself
 * to nobody: as text and as JSON it is "(a secret)".
 */

/** How a secret is handed over. */
export interface SecretOptions {
  /**
   * A memory file can be read again and again, by its path or from its descriptor; it is sealed and is its
   * service's user's alone. A pipe can be read once: then the value is only where the service has put it.
   *
   * @default "memory"
   */
  by?: "memory" | "pipe";
}

/** Bytes of a secret at the most; of one that goes through a pipe, what a pipe surely holds. */
const MOST = { memory: 1 << 20, pipe: 4096 } as const;

/** The value, for those who hand it over. */
export let valueOf: (secret: Secret) => Uint8Array;

/**
 * A value that nobody but its service is to see; see the option `secrets` of {@linkcode ExecOptions}.
 *
 * @example
 * ```ts
 * import { Command, Secret, type Thread } from "bailiwick";
 *
 * async function dump(thread: Thread, password: string) {
 *   const secrets = { PGPASSFILE: new Secret(`*:*:*:*:${password}`) };
 *   return await thread.spawn(new Command("pg_dumpall"), { user: "postgres", secrets });
 * }
 * ```
 */
export class Secret {
  readonly by: "memory" | "pipe";
  readonly #value: Uint8Array;

  static {
    valueOf = (secret) => secret.#value;
  }

  /**
   * @param value Text or bytes, which are copied; a memory file holds 1 MiB at the most, a pipe 4 KiB.
   * @throws {TypeError} If it is neither.
   * @throws {RangeError} If it is empty or too long.
   */
  constructor(value: string | Uint8Array, { by = "memory" }: SecretOptions = {}) {
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      throw new TypeError(`A secret is text or bytes, not a value of type ${typeof value}`);
    }
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value.slice();
    if (bytes.length === 0) {
      throw new RangeError("A secret is empty: is it set where it comes from?");
    }
    if (bytes.length > MOST[by]) {
      throw new RangeError(
        `A secret that is handed over by ${by} has at most ${MOST[by]} bytes, not ${bytes.length}`,
      );
    }
    this.by = by;
    this.#value = bytes;
  }

  /**
   * A variable of the program's environment, which is removed from it.
   *
   * @throws {RangeError} If it is not set, or empty.
   */
  static fromEnvironment(name: string, options?: SecretOptions): Secret {
    const value = Deno.env.get(name);
    if (!value) throw new RangeError(`The environment has no ${name}: set it for this program`);
    Deno.env.delete(name);
    return new Secret(value, options);
  }

  /**
   * What a file on the program's machine holds, as it is.
   *
   * @throws {Deno.errors.NotFound} If there is none; and the others of reading a file.
   * @throws {RangeError} If it is empty or too long.
   */
  static async fromFile(path: string | URL, options?: SecretOptions): Promise<Secret> {
    return new Secret(await Deno.readFile(path), options);
  }

  toString(): string {
    return "(a secret)";
  }

  toJSON(): string {
    return `${this}`;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `${this}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `${this}`;
  }
}
