/**
 * JavaScript in the running program: sessions of several clients at once. Rules:
 *
 * - Who leaves, hangs or is cut off hurts nobody: what his code had begun goes on, and what it gives is dropped.
 * - What code prints goes to whoever has typed it.
 * - What clients declare they share, as they share the program.
 */
import { RequestError, type RunningSystem } from "../operate/mod.ts";
import { askingScope, bindingsOf } from "./bindings.ts";
import { type Completions, completionsOf } from "./complete.ts";
import { EvaluationError, Inspector } from "./inspector.ts";
import type { Question, Reply } from "./messages.ts";
import { type Print, printingTo } from "./own_console.ts";
import { Watchdog } from "./watchdog.ts";

/** Sessions at a time. */
const MOST_SESSIONS = 8;

/** How a client is served. */
export interface SessionOptions {
  readonly readOnly: boolean;
}

/** The REPL of a program. */
export class Repl {
  readonly #system: RunningSystem;
  readonly #own: Readonly<Record<string, unknown>>;
  #sessions = 0;
  #watchdog: Watchdog | undefined;

  /** @param own What the program gives names to, besides what every system has. */
  constructor(system: RunningSystem, own: Readonly<Record<string, unknown>>) {
    this.#system = system;
    this.#own = own;
  }

  /** Answers the questions of one client, until there are no more. */
  async serve(
    questions: AsyncIterable<Question>,
    reply: (reply: Reply) => void,
    options: SessionOptions,
  ): Promise<void> {
    if (this.#sessions >= MOST_SESSIONS) {
      throw new RequestError(409, `${MOST_SESSIONS} are attached, and no more may be`);
    }
    if (this.#sessions++ === 0) this.#begin();
    using inspector = new Inspector();
    let isOpen = true;
    const print = (output: string) => {
      if (isOpen) reply({ output });
      return isOpen;
    };
    try {
      for await (const question of questions) {
        // Not waited for: an answer may never come, and the next question is one's right.
        void this.#answer(inspector, question, reply, print, options);
      }
    } finally {
      isOpen = false;
      if (--this.#sessions === 0) this.#end();
    }
  }

  async #answer(
    inspector: Inspector,
    question: Question,
    reply: (reply: Reply) => void,
    print: Print,
    { readOnly }: SessionOptions,
  ): Promise<void> {
    const { id } = question;
    this.#name();
    if ("complete" in question) {
      const found = this.#complete(inspector, question.complete);
      return reply({ id, ...await found.catch(() => ({ completions: [], length: 0 })) });
    }
    const watching = this.#watchdog?.watch();
    try {
      const code = this.#codeOf(question.evaluate);
      const result = await printingTo(print, () => inspector.evaluate(code, { readOnly }));
      reply({ id, result });
    } catch (error) {
      reply({ id, error: error instanceof EvaluationError ? error.message : `${error}` });
    } finally {
      watching?.[Symbol.dispose]();
    }
  }

  async #complete(inspector: Inspector, line: string): Promise<Completions> {
    const { scopes, members, hosts } = this.#system;
    return await completionsOf(inspector, line, {
      scopes: scopes.map(({ path }) => path),
      parts: [...members.keys(), ...hosts.map(({ name }) => name)],
    });
  }

  /** What is evaluated: a line that names the nursery while one scope asks is run as the body of that. */
  #codeOf(typed: string): string {
    const code = withoutTypes(typed);
    const path = /\bnursery\b/.test(code) && !/\.(amend|use)\s*\(/.test(code)
      ? askingScope(this.#system)
      : undefined;
    if (path === undefined) return code;
    const names = Object.keys(this.#system.scope(path).arguments).filter((name) => NAME.test(name));
    const expression = code.trim().replace(/;$/, "");
    return `await scope(${JSON.stringify(path)}).amend(async (nursery, { ${
      names.join(", ")
    } }) => (${expression}))`;
  }

  #begin(): void {
    this.#watchdog = new Watchdog();
  }

  /** Gives the names what they stand for now. */
  #name(): void {
    for (const [name, value] of Object.entries(bindingsOf(this.#system, this.#own))) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  #end(): void {
    this.#watchdog?.[Symbol.dispose]();
    this.#watchdog = undefined;
  }
}

const NAME = /^[A-Za-z_$][\w$]*$/;

/** What makes no sense as TypeScript either is left to say so as it is. */
function withoutTypes(code: string): string {
  try {
    // Not imported: see Inspector.
    return process.getBuiltinModule("node:module").stripTypeScriptTypes(code);
  } catch {
    return code;
  }
}
