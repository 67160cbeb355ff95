/** The command line of a system. */
import { Command } from "commander";
import library from "../../deno.json" with { type: "json" };
import { handOver } from "../live/hand_over.ts";
import {
  type Completable,
  completionScript,
  SHELLS,
  showFailure,
  table,
  Terminal,
} from "../tools/mod.ts";
import { check } from "./check.ts";
import { declareArguments, declareOptions, valuesOf, withExamples } from "./declare.ts";
import { hostOptions } from "./flags.ts";
import type { Options } from "./options.ts";
import { namesCommand, operateCommands } from "./operate/commands.ts";
import { runProgram } from "./program.ts";
import { guardCommand, standingCommands } from "./standing/commands.ts";
import { SYSTEM_OPTION } from "./standing/flags.ts";
import { upgradeAgents } from "./standing/upgrade.ts";
import type { AnySystem, SystemOf, Topologies, UserCommand } from "./system.ts";
import { givenExamples, unitCommand, upCommand } from "./up_command.ts";

const JSON_OPTION: Options = { json: { kind: "flag", about: "print JSON" } };

/**
 * Runs a program whose whole affair is one system: `up` starts it, and shows what happens; `hosts check`
 * looks at its hosts, `version` and `completions` are what they are called; and there are the commands of
 * one's own. It sets the exit status, and throws nothing that concerns the command line.
 *
 * @param words The command line, without the program's name.
 *
 * @example
 * ```ts no-eval
 * import { Command, startService } from "bailiwick";
 * import { givenHost, main, thisMachine } from "bailiwick/cli";
 *
 * await main({
 *   name: "shop",
 *   description: "Runs the shop",
 *   topologies: {
 *     dev: { about: "all on this machine", hosts: { web: thisMachine } },
 *     prod: { about: "on a host that is named", hosts: { web: givenHost } },
 *   },
 *   options: { port: { kind: "port", about: "where it listens", default: 8080 } },
 *   async system(nursery, { web }, { port }) {
 *     const httpd = new Command("busybox", ["httpd", "-f", "-p", port]);
 *     await startService(nursery, web.thread, httpd, { name: "httpd" });
 *     return { json: { port }, text: `It is at http://127.0.0.1:${port}/` };
 *   },
 * });
 * ```
 */
export async function main<
  const T extends Topologies,
  const O extends Options = Record<never, never>,
>(system: SystemOf<T, O>, words: readonly string[] = Deno.args): Promise<void> {
  const reloaded = handOver(system);
  if (reloaded !== undefined) return await reloaded;
  const program = programOf(system, words);
  await runProgram(program, words, (error) => showFailure(new Terminal(), error, []));
}

function programOf(system: AnySystem, words: readonly string[]): Command {
  const program = new Command(system.name).description(system.description ?? "");
  program.addCommand(upCommand(system, words));
  for (const [name, command] of Object.entries(system.commands ?? {})) {
    program.addCommand(userCommand(name, command));
  }
  program.addCommand(
    new Command("hosts").description("look at the hosts of a topology")
      .addCommand(checkCommand(system)).addCommand(upgradeCommand(system)),
  );
  for (const command of [...operateCommands(system), ...standingCommands(system)]) {
    program.addCommand(command);
  }
  program.addCommand(guardCommand(), { hidden: true });
  program.addCommand(namesCommand(system), { hidden: true });
  program.addCommand(unitCommand(system, words));
  program.addCommand(versionCommand(system));
  program.addCommand(completionsCommand(program));
  return program;
}

function checkCommand(system: AnySystem): Command {
  const options = { ...hostOptions(system.topologies), ...SYSTEM_OPTION, ...JSON_OPTION };
  const command = new Command("check").description(
    "connect to every host, and say what is missing",
  );
  return withExamples(declareOptions(command, options), [
    `${system.name} hosts check`,
    ...givenExamples(`${system.name} hosts check`, system.topologies),
  ]).action((flags) =>
    check(system, valuesOf(options, flags) as unknown as Parameters<typeof check>[1])
  );
}

function upgradeCommand(system: AnySystem): Command {
  const options = { ...SYSTEM_OPTION, ...JSON_OPTION };
  const command = new Command("upgrade").description(
    "have the agents that stand go on as those of this program, with all that they keep",
  );
  return withExamples(declareOptions(command, options), [`${system.name} hosts upgrade`])
    .action((flags) =>
      upgradeAgents(
        system,
        valuesOf(options, flags) as unknown as Parameters<typeof upgradeAgents>[1],
      )
    );
}

function userCommand(name: string, command: UserCommand): Command {
  const { about, arguments: words = {}, options = {}, notes, examples = [] } = command;
  const made = new Command(name).description(about);
  declareOptions(declareArguments(made, words), options);
  if (notes !== undefined) made.addHelpText("after", `\n${notes}`);
  return withExamples(made, examples).action(async () => {
    const given = Object.keys(words).map((word, index) => [word, made.processedArgs[index]]);
    const values = valuesOf(words, Object.fromEntries(given));
    await command.run({ ...values, ...valuesOf(options, made.opts()) });
  });
}

function versionCommand({ name, version }: AnySystem): Command {
  const versions = {
    ...(version !== undefined && { [name]: version }),
    ...{ bailiwick: library.version, deno: Deno.version.deno, v8: Deno.version.v8 },
  };
  const command = new Command("version").description("print the versions of the program's parts");
  return withExamples(declareOptions(command, JSON_OPTION), [`${name} version --json`])
    .action(({ json }: { json?: boolean }) => {
      const rows = Object.entries(versions);
      console.log(json ? JSON.stringify(versions) : table(["PART", "VERSION"], rows));
    });
}

function completionsCommand(program: Command): Command {
  const command = new Command("completions")
    .description("print a script that completes the words of this command line");
  command.addArgument(command.createArgument("<shell>", "your shell").choices(SHELLS));
  return withExamples(command, [`source <(${program.name()} completions bash)`]).action(
    (shell: typeof SHELLS[number]) => {
      console.log(completionScript(shell, completable(program)));
    },
  );
}

/** What the arguments of commands stand for, by what they are called. */
const NAMES: Readonly<Record<string, string>> = { service: "services", scope: "scopes" };

function completable(command: Command): Completable {
  const names = command.registeredArguments.map((argument) => NAMES[argument.name()]);
  return {
    name: command.name(),
    names: names.find((kind) => kind !== undefined),
    options: command.options.map(({ long }) => long ?? "").filter((long) => long !== ""),
    commands: command.createHelp().visibleCommands(command).filter((below) =>
      below.name() !== "help"
    ).map(completable),
  };
}
