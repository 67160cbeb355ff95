/** The commands by which a running system is looked at and acted on. */
import { Command } from "commander";
import { declareArguments, declareOptions, valuesOf, withExamples } from "../declare.ts";
import type { Options } from "../options.ts";
import { SYSTEM_OPTION } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";
import { print } from "../../tools/mod.ts";
import { act, pairs } from "./act.ts";
import { attach } from "./attach.ts";
import { dashboard } from "./dashboard.ts";
import { describe } from "./describe.ts";
import { events } from "./events.ts";
import { exec } from "./exec.ts";
import { forward } from "./forward.ts";
import { logs } from "./logs.ts";
import { findProgram, untilGone } from "./program.ts";
import { ps } from "./ps.ts";
import { showRecord } from "./record.ts";
import { top } from "./top.ts";
import { GOALS, wait } from "./wait.ts";

const JSON_OPTION: Options = {
  ...SYSTEM_OPTION,
  json: { kind: "flag", about: "print one JSON object a line" },
};
const SERVICE: Options = {
  service: { kind: "text", about: "its full path, as ps has it", required: true },
};
const SCOPE: Options = {
  scope: { kind: "text", about: 'its path; "" is the whole system', required: true },
};
const VALUES: Options = { values: { kind: "text", many: true, about: "name=value" } };

interface Made {
  readonly about: string;
  readonly words?: Options;
  readonly options?: Options;
  readonly examples: readonly string[];
}

/** Those of every system. */
export function operateCommands(system: AnySystem): Command[] {
  const { name } = system;
  return [
    made("ps", {
      about: "show the services, in their scopes",
      options: { watch: { kind: "flag", about: "show them again whenever something happens" } },
      examples: [`${name} ps`, `${name} ps --json`, `${name} ps --watch`],
    }, (flags) => untilGone(() => ps(system, flags))),
    made("wait", {
      about: "wait until services are ready",
      words: { service: { kind: "text", many: true, about: "full paths of services; else all" } },
      options: {
        for: { kind: "choice", choices: GOALS, about: "what is waited for", default: "ready" },
        timeout: {
          kind: "seconds",
          value: "seconds",
          about: "give up after so long, with status 124",
        },
      },
      examples: [`${name} wait --timeout 30`, `${name} wait orderd --for ended`],
    }, (flags, names) => wait(system, names ?? [], flags)),
    made("top", {
      about: "show what services use, the most first, every second",
      examples: [`${name} top`],
    }, (flags) => untilGone(() => top(system, flags))),
    made("describe", {
      about: "show all that is known of a service: why it is as it is, what it is made of",
      words: SERVICE,
      examples: [`${name} describe shard-0/orderd`],
    }, (flags, service) => describe(system, service, flags)),
    made("logs", {
      about: "show what services have written, in the order in which it came",
      words: { service: { kind: "text", many: true, about: "paths, also of scopes; else all" } },
      options: {
        follow: { kind: "flag", short: "f", about: "go on with what comes" },
        since: {
          kind: "text",
          value: "time",
          about: "only from then on, as 5m or 2026-11-25T21:23Z",
        },
        last: { kind: "number", value: "lines", about: "only the last so many" },
        grep: { kind: "text", value: "pattern", about: "only lines that match" },
        times: { kind: "flag", short: "t", about: "with the time of each" },
      },
      examples: [`${name} logs -f`, `${name} logs shard-0 gatewayd --since 5m --grep error`],
    }, (flags, services) => untilGone(() => logs(system, services ?? [], flags))),
    made("events", {
      about: "show what has happened",
      options: {
        follow: { kind: "flag", short: "f", about: "go on with what happens" },
        since: { kind: "number", value: "number", about: "only after the event of this number" },
      },
      examples: [`${name} events`, `${name} events -f --json`],
    }, (flags) => untilGone(() => events(system, flags))),
    made("restart", {
      about: "start a service anew, and what was given it",
      words: SERVICE,
      examples: [`${name} restart shard-0/orderd`],
    }, (flags, service) => act(system, flags, "restart", { service })),
    made("stop", {
      about: "stop a service until it is started; refused (3) if others use it",
      words: SERVICE,
      options: { withDependents: { kind: "flag", about: "stop those that use it, too" } },
      examples: [`${name} stop gatewayd`, `${name} stop positiond --with-dependents`],
    }, (flags, service) => {
      const { withDependents } = flags;
      return act(system, flags, "stop", { service, withDependents });
    }),
    made("start", {
      about: "start a service that is down",
      words: SERVICE,
      examples: [`${name} start gatewayd`],
    }, (flags, service) => act(system, flags, "start", { service })),
    made("exec", {
      about: "run a command in a service's place: its host, directory, user and environment",
      words: {
        ...SERVICE,
        command: { kind: "text", many: true, required: true, about: "after --" },
      },
      examples: [`${name} exec shard-0/orderd -- sh -c 'ls -l; env'`],
    }, (flags, service, command) => exec(system, service, command, flags)),
    made("forward", {
      about: "carry a port of this machine to a service, until Ctrl-C",
      words: { ...SERVICE, port: { kind: "port", about: "of its host; else its address" } },
      options: { local: { kind: "port", about: "the port here; else any that is free" } },
      examples: [`${name} forward gatewayd --local 7000`, `${name} forward db 5432`],
    }, (flags, service, port) => untilGone(() => forward(system, service, port, flags))),
    made("dashboard", {
      about: "serve the web page of the running system, until Ctrl-C",
      options: { port: { kind: "port", about: "on 127.0.0.1; else any that is free" } },
      examples: [`${name} dashboard`],
    }, (flags) => untilGone(() => dashboard(system, flags))),
    made("attach", {
      about: "type JavaScript in the running program; leaving it stops nothing",
      options: {
        evaluate: { kind: "text", short: "e", value: "code", about: "print what this is, and end" },
        readOnly: { kind: "flag", about: "refuse what would change anything" },
      },
      examples: [`${name} attach`, `${name} attach -e 'Object.keys(services)'`],
    }, (flags) => attach(system, flags)),
    new Command("record").description("look at what was said to and by the agents").addCommand(
      made("show", {
        about: "print it: of the running program, or what was kept when a host was lost",
        words: { file: { kind: "path", about: "one that was kept; else that of the program" } },
        examples: [`${name} record show`, `${name} record show | grep ENOENT`],
      }, (flags, file) => showRecord(system, file, flags)),
    ),
    made("signal", {
      about: "send a service a signal",
      words: { ...SERVICE, signal: { kind: "text", about: "as SIGHUP", required: true } },
      examples: [`${name} signal nginx SIGHUP`],
    }, (flags, service, signal) => act(system, flags, "signal", { service, signal })),
    made(
      "scope",
      {
        about: "run a scope again, with other arguments if there are any",
        words: {
          ...SCOPE,
          verb: { kind: "choice", choices: ["run"], about: "what is done", required: true },
          ...VALUES,
        },
        examples: [`${name} scope orders run`, `${name} scope orders run database=/srv/copy.db`],
      },
      (flags, scope, _verb, values) =>
        act(system, flags, "run", { scope, arguments: pairs(values ?? []) }),
    ),
    made(
      "answer",
      {
        about: "answer what a scope asks",
        words: {
          ...SCOPE,
          choice: { kind: "text", about: "one of those that ps shows", required: true },
          ...VALUES,
        },
        examples: [`${name} answer orders again database=/srv/copy.db`],
      },
      (flags, scope, choice, values) =>
        act(system, flags, "answer", { scope, choice, arguments: pairs(values ?? []) }),
    ),
  ];
}

/** What shells complete by: prints the names of a running system. */
export function namesCommand(system: AnySystem): Command {
  const words: Options = {
    kind: { kind: "choice", choices: ["services", "scopes"], about: "of what", required: true },
  };
  return declareArguments(declareOptions(new Command("names"), SYSTEM_OPTION), words)
    .action(async (kind: "services" | "scopes", flags) => {
      using client = await findProgram(system, flags);
      const model = await client?.model();
      const names = kind === "services"
        ? model?.services.map(({ name }) => name)
        : model?.scopes.map(({ path }) => path).filter((path) => path !== "");
      if (names?.length) print(names.join("\n"));
    });
}

// deno-lint-ignore no-explicit-any
type Run = (flags: any, ...words: any[]) => Promise<void>;

function made(
  name: string,
  { about, words = {}, options = {}, examples }: Made,
  run: Run,
): Command {
  const all = { ...options, ...JSON_OPTION };
  const command = new Command(name).description(about);
  return withExamples(declareOptions(declareArguments(command, words), all), examples)
    .action(async (...given: unknown[]) => {
      const flags = valuesOf(all, given[Object.keys(words).length] as Record<string, unknown>);
      await run(flags, ...given.slice(0, Object.keys(words).length));
    });
}
