/** Evaluating code in the program itself, through the inspector of V8; it is opened to nobody else. */
import type { Runtime, Session } from "node:inspector";

/** Milliseconds that code may take before its first `await`. */
const MOST = 2000;
/** The same for what stands before a word that is completed. */
const MOST_TO_COMPLETE = 200;
/** Values that are printed are let go of together. */
const GROUP = "repl";

/** How code is evaluated. */
export interface EvaluateOptions {
  /** Whether what would change anything is refused. */
  readonly readOnly: boolean;
}

/** Code has thrown, or makes no sense. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

/** One who evaluates code; all of them share what it declares. */
export class Inspector implements Disposable {
  readonly #session: Session;

  constructor() {
    // Not imported: a bundle would load it with the program, to which nobody may ever attach.
    const { Session } = process.getBuiltinModule("node:inspector");
    this.#session = new Session();
    this.#session.connect();
  }

  /**
   * Evaluates code, which may await.
   *
   * @returns What it is, for people.
   * @throws {EvaluationError} If it throws.
   */
  async evaluate(expression: string, { readOnly }: EvaluateOptions): Promise<string> {
    const { result, exceptionDetails } = await this.#post("Runtime.evaluate", {
      expression,
      ...{ replMode: true, objectGroup: GROUP, timeout: MOST },
      ...(readOnly ? { throwOnSideEffect: true } : { awaitPromise: true, userGesture: true }),
    });
    try {
      if (exceptionDetails) throw new EvaluationError(inWords(exceptionDetails));
      return readOnly ? await this.#look(result) : await this.#shown(result);
    } finally {
      this.#session.post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    }
  }

  /** The names of the properties of what an expression is; none if to find out would change anything. */
  async namesOf(expression: string): Promise<string[]> {
    const { result, exceptionDetails } = await this.#post("Runtime.evaluate", {
      expression,
      ...{ objectGroup: GROUP, throwOnSideEffect: true, timeout: MOST_TO_COMPLETE },
    });
    if (exceptionDetails || result.objectId === undefined) return [];
    const names = new Set<string>();
    for (let id: string | undefined = result.objectId; id !== undefined;) {
      const { result: own, internalProperties = [] }: Runtime.GetPropertiesReturnType = await this
        .#post("Runtime.getProperties", { objectId: id, ownProperties: true });
      for (const { name, symbol } of own) if (!symbol) names.add(name);
      id = internalProperties.find(({ name }) => name === "[[Prototype]]")?.value?.objectId;
    }
    return [...names];
  }

  /** The names that code has declared. */
  async declared(): Promise<string[]> {
    return (await this.#post("Runtime.globalLexicalScopeNames", {})).names;
  }

  /** As `Deno.inspect` has it; it is the last value, `_`, too. */
  async #shown(
    { objectId, type, value, unserializableValue }: Runtime.RemoteObject,
  ): Promise<string> {
    if (objectId === undefined) {
      return type === "undefined" ? "undefined" : unserializableValue ?? Deno.inspect(value);
    }
    const show = "function () { globalThis._ = this; return Deno.inspect(this, { depth: 3 }); }";
    const { result, exceptionDetails } = await this.#post("Runtime.callFunctionOn", {
      ...{ objectId, functionDeclaration: show, returnByValue: true },
    });
    if (exceptionDetails) throw new EvaluationError(inWords(exceptionDetails));
    return `${result.value}`;
  }

  /** Without running any code: a value, and of an object its own properties. */
  async #look(object: Runtime.RemoteObject): Promise<string> {
    const { objectId, description = "" } = object;
    if (objectId === undefined) return textOf(object);
    const parameters = { objectId, ownProperties: true };
    const { result }: Runtime.GetPropertiesReturnType = await this.#post(
      "Runtime.getProperties",
      parameters,
    );
    const shown = result.filter(({ enumerable }) => enumerable)
      .map(({ name, value }) => `${name}: ${value ? textOf(value) : "(computed)"}`);
    return `${description} { ${shown.join(", ")} }`;
  }

  // deno-lint-ignore no-explicit-any
  async #post(method: string, parameters: object): Promise<any> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // deno-lint-ignore no-explicit-any
    (this.#session.post as any)(method, parameters, (error: Error | null, result: unknown) => {
      if (error) reject(new EvaluationError(LATE, { cause: error }));
      else resolve(result);
    });
    return await promise;
  }

  /** What is under way is left to itself. */
  [Symbol.dispose](): void {
    this.#session.disconnect();
  }
}

/** The inspector says of what it has ended only that there was an error. */
const LATE = `It was ended, since it had not come to an await or its end within ${MOST / 1000} s`;
const SIDE_EFFECT = "EvalError: Possible side-effect";

/** What was thrown, with the places in what was typed and what that has called, but not those of the REPL. */
function inWords({ exception, text }: Runtime.ExceptionDetails): string {
  if (!exception) return text;
  const { description } = exception;
  if (description === undefined) return textOf(exception);
  if (description.startsWith(SIDE_EFFECT)) return "It would change something, and is not to";
  const lines = description.split("\n");
  const end = lines.findLastIndex((line) => /^ +at <anonymous>/.test(line));
  return (end === -1 ? lines.filter((line) => !/^ +at /.test(line)) : lines.slice(0, end + 1))
    .join("\n");
}

function textOf(
  { type, value, unserializableValue, description }: Runtime.RemoteObject,
): string {
  if (type === "string") return JSON.stringify(value);
  return unserializableValue ?? description ?? `${value}`;
}
