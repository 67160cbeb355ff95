/**
 * What the library is doing, for whoever shows it: hosts that are connected, packages that are
 * deployed, services that are started. Nothing here changes what happens.
 */

/** One thing that takes time. */
export interface Step {
  readonly kind: "connect" | "deploy" | "start";
  /** The host, package or service. */
  readonly subject: string;
  /** The host that it happens on. */
  readonly host: string;
}

/** How a step comes along. */
export interface StepEvent {
  readonly step: Step;
  readonly state: "begun" | "moved" | "done" | "failed";
  /** Milliseconds since it began. */
  readonly elapsed: number;
  /** Bytes that were moved so far, and of how many, where bytes are moved. */
  readonly bytes?: { readonly moved: number; readonly total: number };
}

/** Takes how many bytes of a step have been moved so far, and of how many. */
export type Moved = (moved: number, total: number) => void;

type Listener = (event: StepEvent) => void;

const listeners = new Set<Listener>();

/** Calls back for every event of every step, until what it returns is disposed. */
export function watchSteps(listener: Listener): Disposable {
  listeners.add(listener);
  return { [Symbol.dispose]: () => void listeners.delete(listener) };
}

/** Runs a task as a step. The task may tell how many bytes it has moved. */
export async function runStep<T>(
  step: Step,
  task: (moved: Moved) => Promise<T>,
): Promise<T> {
  const begin = performance.now();
  const tell = (state: StepEvent["state"], bytes?: StepEvent["bytes"]) => {
    const event = { step, state, elapsed: performance.now() - begin, ...(bytes && { bytes }) };
    for (const listener of listeners) listener(event);
  };
  tell("begun");
  try {
    const result = await task((moved, total) => tell("moved", { moved, total }));
    tell("done");
    return result;
  } catch (error) {
    tell("failed");
    throw error;
  }
}
