/** What an operator can do next, as whole command lines. */
import type { AnySystem } from "./system.ts";
import type { UpFlags } from "./up_flags.ts";

/** A command line about the system that was started with these flags. */
export function commandLine({ name }: AnySystem, flags: UpFlags, ...words: string[]): string {
  const which = flags.system === undefined ? [] : ["--system", flags.system];
  return [name, ...words, ...which].join(" ");
}

/**
 * What can be done when it has failed.
 *
 * @param goesOn Whether what stood before goes on running.
 */
export function nextSteps(system: AnySystem, flags: UpFlags, goesOn: boolean): string[] {
  const isUsual = flags.topology === Object.keys(system.topologies)[0];
  const where = isUsual ? [] : ["--topology", flags.topology];
  const line = (...words: string[]) => commandLine(system, flags, ...words);
  return [
    goesOn
      ? `${line("ps")} shows what goes on running; ${line("down")} stops it`
      : `${line("up", ...where)} starts it again; ${
        line("hosts", "check", ...where)
      } looks at its hosts`,
    flags.logDir === undefined
      ? "--log-dir DIR keeps all that services say"
      : `all that services said is in ${flags.logDir}`,
  ];
}
