/** The commands of a system that stands. */
import { Command } from "commander";
import { declareArguments, declareOptions, valuesOf, withExamples } from "../declare.ts";
import type { Options } from "../options.ts";
import type { AnySystem } from "../system.ts";
import { down } from "./down.ts";
import { confirm, guardChange } from "./change.ts";
import { SYSTEM_OPTION, type SystemFlags, systemNameOf } from "./flags.ts";
import { rollback } from "./rollback.ts";
import { SystemState } from "./state.ts";

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
