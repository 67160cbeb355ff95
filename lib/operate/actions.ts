/**
 * What an operator does to a running system. Rules:
 *
 * - An action is asked of a scope, never done to a process behind its back, so that nothing races it.
 * - There is one of a kind at a time for each name: a second one joins the first, and says so.
 * - What makes no sense or is refused changes nothing, and says why.
 */
import { SIG } from "../abi/mod.ts";
import type { Service } from "../service/mod.ts";
import { type AnyScope, ChoiceError, ScopeStateError } from "../system/mod.ts";
import type { Actions, Outcome } from "./api.ts";
import { RequestError, unknownName } from "./problem.ts";
import { type Member, type RunningSystem, serviceOf, usersOf, usesOf } from "./system.ts";
import { valuesLike } from "./values.ts";

/** The kinds of actions. */
export type ActionKind = keyof Actions;

type Does = { readonly [K in ActionKind]: (asked: Actions[K]) => Promise<string> };

/** What can be done, and what is being done. */
export class Operator {
  readonly #system: RunningSystem;
  readonly #underWay = new Map<string, Promise<string>>();
  readonly #does: Does = {
    restart: ({ service }) => this.#restart(service),
    start: ({ service }) => this.#start(service),
    stop: ({ service, withDependents }) => this.#stop(service, withDependents === true),
    signal: ({ service, signal }) => this.#signal(service, signal),
    run: ({ scope, arguments: values }) => this.#run(scope, values),
    answer: ({ scope, choice, arguments: values }) => this.#answer(scope, choice, values),
  };

  constructor(system: RunningSystem) {
    this.#system = system;
  }

  /**
   * Does it; settles when it is done.
   *
   * @throws {RequestError} If it makes no sense, or is refused as things are.
   * @throws {ScopeError} If it was begun, and has failed.
   */
  async act<K extends ActionKind>(kind: K, asked: Actions[K]): Promise<Outcome> {
    const key = JSON.stringify([kind, asked]);
    const before = kind === "answer" ? undefined : this.#underWay.get(key);
    if (before) return { result: "joined", message: `${await before}, as was asked for already` };
    const doing = this.#does[kind](asked);
    this.#underWay.set(key, doing);
    try {
      return { result: "done", message: await doing };
    } catch (error) {
      throw asRefusal(error);
    } finally {
      if (this.#underWay.get(key) === doing) this.#underWay.delete(key);
    }
  }

  async #restart(name: string): Promise<string> {
    const { scope, entry } = this.#system.member(name);
    await scope.restart(entry.name);
    return `${name} was started anew`;
  }

  async #start(name: string): Promise<string> {
    const { scope, entry } = this.#system.member(name);
    if (entry.isStanding) return `${name} runs`;
    await scope.restart(entry.name);
    return `${name} was started`;
  }

  async #stop(name: string, withDependents: boolean): Promise<string> {
    const member = this.#system.member(name);
    const users = this.#usersOf(member);
    if (users.length > 0 && !withDependents) {
      const names = users.map(({ entry }) => entry.path).join(", ");
      throw new RequestError(
        409,
        `${name} is used by ${names}, which would fail: stop them, too (--with-dependents)`,
      );
    }
    const all = [...users.toReversed(), member];
    for (const each of all) await stopped(each);
    return `${all.map(({ entry }) => entry.path).join(", ")} ${
      all.length === 1 ? "is" : "are"
    } stopped`;
  }

  async #signal(name: string, signal: string): Promise<string> {
    const number = SIG[signal.replace(/^SIG/, "") as keyof typeof SIG];
    if (number === undefined) {
      throw unknownName("signal", signal, Object.keys(SIG).map((name) => `SIG${name}`));
    }
    await this.#running(name).kill(number);
    return `${name} was sent ${signal}`;
  }

  async #run(path: string, given: Actions["run"]["arguments"] = {}): Promise<string> {
    const scope = this.#system.scope(path);
    const values = valuesLike(scope.arguments, given);
    await scope.run(values);
    const names = Object.keys(values);
    const withWhat = names.length === 0 ? "" : ` with another ${names.join(", ")}`;
    return `${called(scope)} was run again${withWhat}`;
  }

  async #answer(
    path: string,
    choice: string,
    given: Actions["answer"]["arguments"] = {},
  ): Promise<string> {
    const scope = this.#system.scope(path);
    const known = Object.keys(given).every((name) => name in scope.arguments);
    await scope.answer(choice, known ? valuesLike(scope.arguments, given) : given);
    return `${called(scope)} was answered "${choice}"`;
  }

  #running(name: string): Service {
    const service = serviceOf(this.#system.member(name));
    if (service && service.status === undefined) return service;
    throw new RequestError(409, `${name} does not run`);
  }

  /** Those that use it and run, in the order of their starts. */
  #usersOf({ entry }: Member): readonly Member[] {
    const { members } = this.#system;
    return usersOf(entry.path, usesOf(members)).map((name) => members.get(name)!)
      .filter((user) => user.entry.isStanding);
  }
}

async function stopped(member: Member): Promise<void> {
  await member.entry.unmake();
  await serviceOf(member)?.stop();
}

function called({ path }: AnyScope): string {
  return path === "" ? "The system" : `Scope ${path}`;
}

/** What is wrong with what was asked, if that is it. */
function asRefusal(error: unknown): unknown {
  if (error instanceof ChoiceError) return new RequestError(400, error.message);
  if (error instanceof ScopeStateError) return new RequestError(409, error.message);
  return error;
}
