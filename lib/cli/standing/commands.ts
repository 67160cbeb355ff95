/** The commands of a system that stands. */
import { Command } from "commander";
import { declareArguments, declareOptions, valuesOf, withExamples } from "../declare.ts";
import type { Options } from "../options.ts";
import type { AnySystem } from "../system.ts";
import { down } from "./down.ts";
import { confirm, guardChange } from "./change.ts";
import { SYSTEM_OPTION, type SystemFlags, systemNameOf } from "./flags.ts";
import { ps, wait } from "./ps.ts";
import { rollback } from "./rollback.ts";
import { SystemState } from "./state.ts";

const PS_OPTIONS: Options = {
  ...SYSTEM_OPTION,
  json: { kind: "flag", about: "print one JSON object a line" },
};

const WAIT_OPTIONS: Options = {
  ...SYSTEM_OPTION,
  timeout: { kind: "seconds", value: "seconds", about: "give up after so long, with status 124" },
};

const DOWN_OPTIONS: Options = {
  ...SYSTEM_OPTION,
  host: {
    kind: "text",
    value: "name",
    many: true,
    about:
      "only there, as ps or ssh calls it, also if no program knows it any more; may be repeated",
  },
};

const GUARD_OPTIONS: Options = {
  ...SYSTEM_OPTION,
  generation: { kind: "text", about: "that of the program which is guarded", required: true },
};

const GUARDED: Options = {
  words: { kind: "text", many: true, about: "what this program is run with when it goes back" },
};

/** What only another program of the system runs. */
export function guardCommand(): Command {
  const command = declareOptions(new Command("guard"), GUARD_OPTIONS);
  return declareArguments(command, GUARDED).action((words, { generation }) =>
    guardChange(words ?? [], generation)
  );
}

const ROLLBACK_OPTIONS: Options = {
  ...SYSTEM_OPTION,
  detach: { kind: "flag", about: "run it in the background; return when all is ready" },
};

const NAMES: Options = {
  name: { kind: "text", many: true, about: "full paths of services; else all" },
};

/** Those that need no program that is in charge. */
export function standingCommands(system: AnySystem): Command[] {
  const { name } = system;
  return [
    withExamples(
      declareOptions(
        new Command("down").description("stop all of the system, on every host"),
        DOWN_OPTIONS,
      ),
      [`${name} down`, `${name} down --host me@db2`],
    ).action((flags) => down(system, flagsOf<Parameters<typeof down>[1]>(DOWN_OPTIONS, flags))),
    withExamples(
      declareOptions(
        new Command("ps").description("show the services that stand, on every host"),
        PS_OPTIONS,
      ),
      [`${name} ps`, `${name} ps --json`],
    ).action((flags) => ps(system, flagsOf<Parameters<typeof ps>[1]>(PS_OPTIONS, flags))),
    withExamples(
      declareOptions(
        declareArguments(new Command("wait").description("wait until services are ready"), NAMES),
        WAIT_OPTIONS,
      ),
      [`${name} wait --timeout 30`],
    ).action((names, flags) =>
      wait(system, names ?? [], flagsOf<Parameters<typeof wait>[2]>(WAIT_OPTIONS, flags))
    ),
    withExamples(
      declareOptions(
        new Command("confirm").description("say that the change that waits for it is to stay"),
        SYSTEM_OPTION,
      ),
      [`${name} confirm`],
    ).action(async (flags) =>
      confirm(
        await SystemState.known(systemNameOf(system, flagsOf<SystemFlags>(SYSTEM_OPTION, flags))),
      )
    ),
    withExamples(
      declareOptions(
        new Command("rollback").description(
          "run the program before this one again, as it was started, with which all was ready",
        ),
        ROLLBACK_OPTIONS,
      ),
      [`${name} rollback`],
    ).action((flags) =>
      rollback(system, flagsOf<Parameters<typeof rollback>[1]>(ROLLBACK_OPTIONS, flags))
    ),
  ];
}

function flagsOf<T extends SystemFlags>(options: Options, flags: Record<string, unknown>): T {
  return valuesOf(options, flags) as unknown as T;
}
