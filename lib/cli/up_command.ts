/** The commands that take what `up` takes. */
import { Command } from "commander";
import { declareOptions, valuesOf, withExamples } from "./declare.ts";
import { hostOptions } from "./flags.ts";
import { parse } from "./program.ts";
import { givenRoles } from "./roles.ts";
import { systemNameOf } from "./standing/flags.ts";
import { unitOf } from "./standing/unit.ts";
import type { AnySystem, Topologies } from "./system.ts";
import { up } from "./up.ts";
import { type Given, UP_OPTIONS, type UpFlags } from "./up_flags.ts";
import { UsageError } from "./usage_error.ts";

/** `up`; `words` are those that this program was started with. */
export function upCommand(system: AnySystem, words: readonly string[]): Command {
  const given = (other: AnySystem) => givenTo(other, words);
  return commandOf(system, (flags, values) => up(system, flags, values, given));
}

/** `unit`, which prints how systemd runs `up`. */
export function unitCommand(system: AnySystem, words: readonly string[]): Command {
  const { name, description = `The system ${name}` } = system;
  const command = new Command("unit").description(
    "print a unit for systemd that runs `up` with these options",
  );
  const { common } = declareUp(command, system);
  command.addArgument(
    command.createArgument("[whose]", "of which manager").choices(["user", "machine"])
      .default(Deno.uid() === 0 ? "machine" : "user"),
  );
  return withExamples(command, [`${name} unit >~/.config/systemd/user/bailiwick-${name}.service`])
    .action((whose: "user" | "machine", given) => {
      const flags = valuesOf(common, given) as unknown as UpFlags;
      const options = words.slice(words.indexOf("unit") + 1).filter((word) => word !== whose);
      const stands = flags.standing || system.topologies[flags.topology]!.standing;
      const added = ["--if-vacant", ...(stands ? [] : ["--standing"])];
      console.log(unitOf({
        ...{ system: systemNameOf(system, flags), description, user: whose === "user" },
        words: ["up", ...added, ...options],
      }));
    });
}

/** What the words for `up` mean to a system that was loaded again. */
async function givenTo(system: AnySystem, words: readonly string[]): Promise<Given> {
  const given = Promise.withResolvers<Given>();
  const command = commandOf(system, async (flags, values) => given.resolve({ flags, values }));
  const program = new Command(system.name).addCommand(command).configureOutput({ writeErr() {} });
  try {
    await parse(program, words);
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^error: /, ""), { cause: error });
  }
  return await given.promise;
}

function commandOf(
  system: AnySystem,
  run: (flags: UpFlags, values: Readonly<Record<string, unknown>>) => Promise<void>,
): Command {
  const command = new Command("up").description("start the system, and run it until Ctrl-C");
  const { common, own } = declareUp(command, system);
  return withExamples(command, [
    ...(system.examples ?? [`${system.name} up`]),
    ...givenExamples(`${system.name} up`, system.topologies),
  ]).action((flags) => run(valuesOf(common, flags) as unknown as UpFlags, valuesOf(own, flags)));
}

/** Gives a command all options of `up`: those of every system, and the system's own. */
function declareUp(command: Command, { topologies, options: own = {} }: AnySystem) {
  const hosts = hostOptions(topologies);
  const common = { ...hosts, ...UP_OPTIONS };
  const twice = Object.keys(own).find((name) => name in common);
  if (twice !== undefined) {
    throw new TypeError(`Every system has an option ${twice}: name it other`);
  }
  declareOptions(command, { ...hosts, ...own, ...UP_OPTIONS });
  return { common, own };
}

/** How a command is given hosts, for each topology that takes them. */
export function givenExamples(command: string, topologies: Topologies): string[] {
  return Object.entries(topologies).flatMap(([name, { hosts }]) => {
    const roles = givenRoles(hosts).map(([role]) => `--host ${role}=me@${role}`);
    return roles.length === 0 ? [] : [`${command} --topology ${name} ${roles.join(" ")}`];
  });
}
