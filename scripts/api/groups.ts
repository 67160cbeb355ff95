/**
 * The order of the API reference, the most important first. `deno doc` knows no order but that of kinds
 * and letters (of 2.9.6, `@category` changes nothing in its pages), so this is the one list.
 *
 * A symbol is in the group that names it in `first`; else it is an error, if its name ends so; else it is
 * in the group whose `from` names its file, or the nearest folder around it. Inside of a group those of `first`
 * stand first, then the others: functions, classes, types, constants. What is in no group is a fault.
 */
import type { Exported } from "./symbols.ts";

export interface Group {
  readonly title: string;
  /** A sentence for people, in Markdown's inline code. */
  readonly about: string;
  /** A page of `docs/` that tells more. */
  readonly page?: string;
  readonly first?: readonly string[];
  /** Files and folders, relative to `lib/`. */
  readonly from: readonly string[];
}

const ERRORS: Group = {
  title: "Errors",
  about: "What is thrown, and what it carries besides its message; `cause` is always kept.",
  page: "errors.md",
  first: ["SyscallError", "ServiceError", "CommandError", "ConnectError", "HostLostError"],
  from: ["hosts/errors.ts", "agent/errors.ts", "wire/errors.ts"],
};

const LIBRARY: readonly Group[] = [
  {
    title: "Hosts",
    about: "Where things run: this machine, one behind ssh or any other command, a container.",
    page: "hosts.md",
    first: ["localHost", "sshHost", "commandHost", "container", "Host"],
    from: ["hosts", "thread/host_info.ts", "agent/transport.ts"],
  },
  {
    title: "Nurseries",
    about: "Who owns what runs, and what its failure means.",
    page: "writing-components.md",
    first: ["Nursery"],
    from: ["nursery"],
  },
  {
    title: "Services",
    about: "Starting servers, knowing when they are ready and how they are, stopping them.",
    page: "servers.md",
    first: [
      "startService",
      "Service",
      "StartOptions",
      "MonitorOptions",
      "monitor",
      "starting",
      "sdNotify",
      "http",
      "tcp",
      "command",
      "logLine",
    ],
    from: ["service"],
  },
  {
    title: "Systems that are run again",
    about:
      "Scopes: what is right already is left alone, and the rest is started, replaced or stopped.",
    first: [
      "supervise",
      "SuperviseOptions",
      "Scope",
      "scopeOf",
      "scopesOf",
      "onHeld",
      "hold",
      "keep",
      "once",
    ],
    from: ["system"],
  },
  {
    title: "Failures and what is done about them",
    about: "Policies, ready ones and one's own, and what they answer.",
    first: [
      "onFailure",
      "always",
      "never",
      "Policy",
      "Failure",
      "Past",
      "again",
      "ask",
      "leave",
      "fail",
    ],
    from: ["system/policy"],
  },
  {
    title: "Plans",
    about: "What a run would change, before it is run.",
    page: "plan.md",
    first: ["planOf", "planOfScope", "planText", "Plan", "foundOn", "foundHost"],
    from: ["system/plan", "agent/foresight.ts"],
  },
  {
    title: "Commands, tasks and processes",
    about:
      "What to execute, what runs once, again and again or nowhere else meanwhile, and processes.",
    page: "tasks.md",
    first: [
      "Command",
      "every",
      "DirectoryLock",
      "CommandOutput",
      "RunOptions",
      "ChildProcess",
      "ExecOptions",
    ],
    from: [
      "thread/child_process.ts",
      "thread/command.ts",
      "thread/command_error.ts",
      "nursery/cron.ts",
      "nursery/every.ts",
      "thread/command_output.ts",
      "thread/directory_lock.ts",
      "thread/exec.ts",
      "hosts/host_stats.ts",
      "thread/process_stats.ts",
      "thread/run.ts",
      "thread/spawn.ts",
      "thread/sockets.ts",
    ],
  },
  {
    title: "Threads, files and descriptors",
    about: "A process on a host that runs system calls for the program, and what it holds.",
    page: "system-calls.md",
    first: [
      "Thread",
      "CommandThread",
      "Path",
      "TemporaryDirectory",
      "FileDescriptor",
      "Batch",
      "SyscallThread",
    ],
    from: ["thread", "agent/byte_reader.ts", "agent/byte_writer.ts"],
  },
  {
    title: "Users, limits, secrets, stops",
    about: "Who a service is, what it may use, what only it knows, how it ends.",
    page: "users-limits-secrets.md",
    first: ["User", "Limits", "Secret", "StopOptions"],
    from: [
      "thread/access.ts",
      "thread/account.ts",
      "thread/limits.ts",
      "thread/priority.ts",
      "thread/secret.ts",
      "thread/secrets.ts",
      "thread/stop.ts",
      "thread/user.ts",
    ],
  },
  {
    title: "Packages",
    about: "Bringing programs and directories to a host.",
    page: "packages.md",
    first: ["deploy", "Package", "BuiltinPackage", "FilesPackage", "nixClosure", "copyTree"],
    from: ["packages"],
  },
  {
    title: "Services in TypeScript",
    about: "A module that is bundled, sent, and run by Deno or Node.js.",
    page: "typescript-services.md",
    first: ["scriptCommand"],
    from: ["scripts"],
  },
  {
    title: "Network",
    about: "Addresses, and connections from the program to what runs on a host.",
    page: "hosts.md",
    first: [
      "SockaddrIn",
      "SockaddrIn6",
      "SockaddrUn",
      "inetSockaddr",
      "Forward",
      "Connection",
      "Listener",
    ],
    from: [
      "abi/sockaddr.ts",
      "hosts/connection.ts",
      "hosts/forward.ts",
      "hosts/listener.ts",
      "hosts/program_thread.ts",
      "thread/unix_address.ts",
    ],
  },
  {
    title: "Logs",
    about: "What services write.",
    page: "logs.md",
    first: ["ServiceLog"],
    from: ["logs", "thread/service_log.ts"],
  },
  {
    title: "What is known of a system",
    about:
      "One ordered log of facts, and the tables of hosts, steps and services that follow from it.",
    page: "how-it-works.md",
    first: ["Model", "ModelEvent", "ServiceRow", "HostRow", "StepRow"],
    from: ["model"],
  },
  {
    title: "Time",
    about: "Durations are in milliseconds, and come from the nursery's clock.",
    first: ["seconds", "minutes", "Milliseconds", "Clock"],
    from: ["clock"],
  },
  ERRORS,
  {
    title: "System calls as values",
    about: "Calls that are made now and run later, and definitions of one's own.",
    page: "system-calls.md",
    first: ["calls", "defineCall", "defineDescriptorCall", "Call", "CallEncoder", "Result"],
    from: [
      "thread/call.ts",
      "thread/calls",
      "thread/encoder.ts",
      "thread/methods.ts",
      "thread/mod.ts",
      "thread/result.ts",
    ],
  },
  {
    title: "The kernel's numbers",
    about: "Constants and layouts of Linux, under the names of its headers.",
    first: ["AF", "SOCK", "SOL", "SO", "O", "SIG", "CLONE", "ERRNO"],
    from: ["abi"],
  },
];

const TESTING: readonly Group[] = [
  {
    title: "Tests of systems",
    about: "A host, a nursery and a directory for each test, and a look at what it leaves.",
    page: "testing.md",
    first: ["systemTest", "SystemContext", "SystemTestOptions", "runSystem", "until", "HeldClock"],
    from: ["testing/system_test.ts", "testing/until.ts", "testing/held_clock.ts"],
  },
  {
    title: "Test machines",
    about: "Machines with a network and an sshd each, on this one, and links that have trouble.",
    first: ["TestNetwork", "TestHost", "Relay"],
    from: ["testing/hosts"],
  },
  {
    title: "What is left",
    about: "Processes, descriptors, files and memory.",
    first: ["Leftovers"],
    from: ["testing"],
  },
];

const one = (group: Omit<Group, "from">, from: string): Group[] => [{ ...group, from: [from] }];

/** The groups of each entry. */
export const GROUPS: Readonly<Record<string, readonly Group[]>> = {
  ".": LIBRARY,
  "./cli": one({
    title: "The command line of a system",
    about: "Where it runs, what it starts, its options and commands.",
    page: "command-line.md",
    first: ["main", "SystemOf", "Ready", "defineCommand"],
  }, "cli"),
  "./compile": one({
    title: "Executables",
    about: "One file that runs a system where nothing is installed.",
    page: "own-executable.md",
    first: ["compile"],
  }, "compile"),
  "./service": one({
    title: "Inside of a service",
    about: "What a service in TypeScript imports.",
    page: "typescript-services.md",
    first: ["config", "listen", "socket", "ready", "stopping"],
  }, "inside"),
  "./testing": TESTING,
  "./tools": one({
    title: "Tools of a command line",
    about: "What `main` of `bailiwick/cli` is made of, for a program that has its own.",
    page: "tools.md",
    first: ["runUntilStopped", "showFailure", "Progress", "serviceTable", "table"],
  }, "tools"),
};

/** Every symbol of an entry in its group, in order. */
export function grouped(entry: string, symbols: readonly Exported[]): Map<Group, Exported[]> {
  const groups = GROUPS[entry] ?? [];
  const members = new Map<Group, Exported[]>(groups.map((group) => [group, []]));
  for (const symbol of symbols) {
    const { name, file } = symbol;
    const group = groupOf(groups, symbol);
    if (group === undefined) {
      throw new Error(`${name} of ${file} is in no group of scripts/api/groups.ts`);
    }
    members.get(group)!.push(symbol);
  }
  for (const [group, found] of members) found.sort((a, b) => rank(group, a) - rank(group, b));
  for (const { title, first = [] } of groups) {
    const missing = first.filter((name) => !symbols.some((symbol) => symbol.name === name));
    if (missing.length > 0) throw new Error(`${title}: ${missing.join(", ")}: not exported`);
  }
  return members;
}

function groupOf(groups: readonly Group[], { name, file }: Exported): Group | undefined {
  const path = file.replace(/^lib\//, "");
  const depth = ({ from }: Group) =>
    Math.max(
      ...from.map((place) => path === place || path.startsWith(`${place}/`) ? place.length : 0),
    );
  const [nearest] = groups.filter((group) => depth(group) > 0).sort((a, b) => depth(b) - depth(a));
  return groups.find(({ first }) => first?.includes(name)) ??
    (name.endsWith("Error") ? groups.find((group) => group === ERRORS) : undefined) ??
    nearest;
}

const KINDS = ["function", "class", "interface", "typeAlias", "variable", "namespace"];

/** Those of `first` in its order, then by kind; symbols of equal rank stay in the order of letters. */
function rank({ first = [] }: Group, { name, kind }: Exported): number {
  const index = first.indexOf(name);
  return index >= 0 ? index : first.length + KINDS.indexOf(kind);
}
