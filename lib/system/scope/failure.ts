/** What failed, as policies are told of it. */
import { HostError } from "../../agent/mod.ts";
import { EndedError, ScopeError } from "./errors.ts";
import { ServiceError } from "../../service/mod.ts";
import type { Failure } from "../policy/mod.ts";
import type { Entry } from "./entry.ts";

/** Something that failed. */
export interface Trouble {
  /** What failed; undefined if it is the body or one of its tasks. */
  readonly entry: Entry | undefined;
  readonly kind: Failure["kind"];
  readonly error: unknown;
  /** Whether it is what a run has come to. */
  readonly isOutcome?: boolean;
}

/** What a body or a task threw, as a trouble of what it came from. */
export function troubleOf(
  kind: "body" | "task",
  error: unknown,
  find: (path: string) => Entry | undefined,
): Trouble {
  for (const cause of causes(error)) {
    if (cause instanceof ServiceError || cause instanceof ScopeError) {
      const entry = find(cause.path);
      if (entry?.isDown) return { entry, kind: kindOf(cause), error, isOutcome: true };
    }
  }
  return { entry: undefined, kind, error, isOutcome: true };
}

/** The kind of failure of what stood under a name. */
export function kindOf(error: unknown): Failure["kind"] {
  if (error instanceof ScopeError) return "scope";
  return error instanceof HostError ? "host" : "service";
}

/** The host of which something is wrong, if that is all that an error tells. */
export function hostIn(error: unknown): string | undefined {
  if (error instanceof HostError) return error.host;
  if (error instanceof AggregateError && error.errors.length > 0) {
    const hosts = error.errors.map(hostIn);
    return hosts.includes(undefined) ? undefined : hosts[0];
  }
  return error instanceof Error ? hostIn(error.cause) : undefined;
}

/** A trouble as a policy sees it. */
export function failureOf(
  { entry, kind, error }: Trouble,
  path: string,
  isFirst: boolean,
): Failure {
  const service = causes(error).find((cause) => cause instanceof ServiceError);
  const lastLines = service?.lastLines ?? [];
  return {
    ...{ kind, path: entry?.path ?? path, error, isFirst, lastLines },
    endedCleanly: error instanceof EndedError,
    status: service?.status,
    lastLine: lastLines.at(-1) ?? "",
  };
}

/** An error, what caused it, and so on. */
function* causes(error: unknown): Generator<Error, void> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) yield cause;
}
