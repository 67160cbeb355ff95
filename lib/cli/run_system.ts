/** Running a system: what stood is taken over, all of it is started, and then it is left to itself. */
import { Model } from "../model/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import {
  awaitConfirmation,
  onFailure,
  onHeld,
  type Plan,
  scopesOf,
  supervise,
} from "../system/mod.ts";
import {
  duration,
  EXIT,
  Progress,
  Runners,
  runUntilStopped,
  showFailure,
  Terminal,
  unsettled,
} from "../tools/mod.ts";
import { EarlySignals } from "../tools/run.ts";
import { causeIn, exitStatusOf } from "./exit_status.ts";
import { targetOptions, targetsOf, withHostPaths } from "./flags.ts";
import type { LiveSystem, LiveSystemOptions } from "./live_system.ts";
import { keepRecord } from "./operate/record.ts";
import { Interface } from "./operate/serve.ts";
import { commandLine, nextSteps } from "./next_steps.ts";
import { ConnectedHosts } from "./places.ts";
import { readyLine, readyScreen } from "./ready_screen.ts";
import { Change } from "./standing/change.ts";
import type { StandingSystem } from "./standing/flags.ts";
import type { Planning } from "./standing/planning.ts";
import { programsIn } from "./standing/rollback.ts";
import { SystemState } from "./standing/state.ts";
import { Stay } from "./standing/stay.ts";
import { startOn } from "./start_on.ts";
import type { AnySystem } from "./system.ts";
import type { Targets } from "./targets.ts";
import type { Given, UpFlags } from "./up_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What is to be run. */
export interface Asked {
  readonly system: AnySystem;
  readonly flags: UpFlags;
  /** The values of the system's own options. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly targets: Targets;
  /** If it outlives the program. */
  readonly standing: StandingSystem | undefined;
  /** If it is to be planned what is changed. */
  readonly planning: Planning | undefined;
}

/**
 * Runs it until it fails or somebody ends it, and sets the exit status.
 *
 * @param givenTo What the command line means to another system.
 * @param begin When the program began, of `performance.now`.
 */
export async function runSystem(
  asked: Asked,
  givenTo: (system: AnySystem) => Promise<Given>,
  terminal: Terminal,
  begin: number,
): Promise<void> {
  const { system, flags, options, targets, standing, planning } = asked;
  const runners = new Runners();
  const model = new Model();
  using progress = new Progress(
    ...[terminal, model] as const,
    (scope, choice) => commandLine(system, flags, "answer", scope || '""', choice),
  );
  using early = standing && new EarlySignals();
  await using stay = standing && await Stay.begin(
    ...[standing, targets, flags, model] as const,
    (line) => terminal.say(line),
  );
  if (standing && !flags.noReturn) {
    await programsIn(new SystemState(standing.system)).list(); // What fails here fails before anybody is cut off.
  }
  await using hosts = await ConnectedHosts.connect(targets, {
    model,
    ...targetOptions(flags),
    ...(flags.logDir !== undefined && { logDirectory: flags.logDir }),
    ...(standing && { standing }),
    ...(early && { signal: early.signal }),
  });
  const plan = await planned(hosts, planning, early?.signal);
  const begins = !(plan instanceof Refusal);
  if (begins) await stay?.begins();
  using change = stay && hosts.stood && !flags.noReturn && !isNothing(plan)
    ? await Change.begin({
      ...{ name: system.name, model, terminal, most: flags.confirm },
      own: begins ? await stay.kept : undefined, // What does not begin is not kept.
      state: new SystemState(standing.system),
    })
    : undefined;
  const body = startOn(hosts, system, options);
  await using live = flags.watch
    ? await liveSystem({
      ...{ terminal, model, body },
      async bodyOf(other) {
        const given = await givenTo(other);
        const others = targetsOf(other.topologies, given.flags);
        if (!hosts.has(others)) {
          throw new UsageError("It has other hosts; stop it and start it again");
        }
        const { values } = given;
        return startOn(
          hosts,
          other,
          withHostPaths(other.options ?? {}, values, others, given.flags),
        );
      },
    })
    : undefined;
  await using served = new AsyncDisposableStack();
  let running: Nursery | undefined;
  const stopping = stay && (() => {
    if (running) stay.leave(running);
    terminal.say(stay.farewell());
  });
  const run = async (nursery: Nursery) => {
    running = nursery;
    early?.[Symbol.dispose]();
    change?.onLost((error) => {
      stay?.leave(nursery);
      nursery.fail(error, "the guardian");
    });
    // Who ends npx or the task means the program.
    runners.watch(nursery.signal, () => Deno.kill(Deno.pid, "SIGTERM"));
    const name = flags.system ?? system.name;
    hosts.onLost(async (host) => {
      const path = await keepRecord(name, host);
      if (path) terminal.say(`  what was said with ${host} until then: ${path}`);
    });
    hosts.onSuperseded(() => {
      stay?.leave(nursery);
      nursery.cancel();
    });
    live?.follow(nursery);
    // Not waited for: what starts does not need it.
    const opening = Interface.begin(
      { system, flags, model, nursery, isStanding: standing !== undefined },
      terminal,
    );
    served.defer(async () => await (await opening)[Symbol.asyncDispose]());
    onHeld(nursery, (scope) => progress.ask(scope));
    const confirmed = change && awaitConfirmation(nursery);
    const policy = onFailure({ most: 2 });
    const supervised = { policy: live?.policy(policy) ?? policy, model, ...verifying(system) };
    const ready = await supervise(nursery, "", body, supervised).catch((error) => {
      if (hosts.stood) stay?.leave(nursery); // What stood before is not stopped for this.
      throw error;
    });
    live?.look();
    (await opening).ready();
    await change?.opens();
    const took = duration(performance.now() - begin);
    const said = flags.json
      ? readyLine(ready, model)
      : readyScreen(ready, model, progress, took, stay?.promise(terminal.isTerminal) ?? STOPS);
    new Terminal(Deno.stdout).say(said);
    await change?.untilConfirmed(nursery.signal).catch((error) => {
      stay?.leave(nursery);
      throw error;
    });
    confirmed?.();
    await stay?.ready(said);
    const isIdle = scopesOf(nursery).every(({ isIdle }) => isIdle);
    if (isIdle && model.services.length === 0) nursery.cancel(); // It has done all that it does.
  };
  try {
    if (plan instanceof Refusal) throw plan.why;
    early?.signal.throwIfAborted();
    await runUntilStopped(run, (line) => terminal.say(line), stopping);
    if (hosts.superseded) throw hosts.superseded;
    Deno.exitCode = await change?.goBack() ?? Deno.exitCode;
  } catch (caught) {
    const error = hosts.superseded ?? caught; // All else that fails then is for that.
    const mistake = change ? undefined : causeIn(error, UsageError);
    if (mistake) throw mistake;
    showFailure(terminal, error, model.services, {
      elapsed: performance.now() - begin,
      besides: unsettled(model),
      next: nextSteps(system, flags, standing !== undefined && hosts.stood),
    });
    Deno.exitCode = exitStatusOf(error);
    if (Deno.exitCode === EXIT.SUPERSEDED) await change?.release();
    else Deno.exitCode = await change?.goBack() ?? Deno.exitCode;
  }
}

/** What is to be done; or why nothing is: nobody wants it, it cannot be, or the program was told to stop. */
async function planned(
  hosts: ConnectedHosts,
  planning: Planning | undefined,
  stop: AbortSignal | undefined,
): Promise<Plan | Refusal | undefined> {
  try {
    const plan = await planning?.decide(hosts);
    stop?.throwIfAborted();
    return plan;
  } catch (error) {
    return new Refusal(error);
  }
}

/** Why what a plan says is not done. */
class Refusal {
  readonly why: unknown;

  constructor(why: unknown) {
    this.why = why;
  }
}

/** Whether it is certain that nothing is changed. */
function isNothing(plan: Plan | Refusal | undefined): boolean {
  return plan !== undefined && !(plan instanceof Refusal) && plan.isEmpty;
}

function verifying({ verify }: AnySystem): { verify?: NonNullable<AnySystem["verify"]> } {
  return verify ? { verify } : {};
}

/** Loads what follows sources, which no other program is to wait for. */
async function liveSystem(options: LiveSystemOptions): Promise<LiveSystem> {
  const { LiveSystem } = await import("./live_system.ts");
  return new LiveSystem(options);
}

const STOPS = "Ctrl-C stops everything, in order.";
