/**
 * Executing a command by its name, as execvp(3) does, and saying why that failed.
 *
 * All places of PATH are tried in one round trip. The failure that is told is the first that says more
 * than "not here"; without one it is EACCES, if any place had that; else the name is in none of them.
 */
import type { Result } from "./result.ts";
import type { CallFunction } from "./call.ts";
import { ERRNO, O } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import { defineCall } from "./call.ts";
import { type Command, searchPath } from "./command.ts";
import type { Explanation } from "./encoder.ts";
import { type PathLike, shownPath } from "./path.ts";
import type { SyscallThread } from "./runner.ts";

/** What says that a place does not have it: execvp(3) looks on. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  ["ENOENT", "ESTALE", "ENOTDIR", "ENODEV", "ETIMEDOUT"],
);
/** Bytes that the kernel reads of a script's first line. */
const LINE = 256;

/** execve(2) of the first place of a command that can be executed. */
export const execute: CallFunction<
  [command: Command, environment: readonly string[]],
  Result<void>
> = defineCall(
  "execute",
  2,
  (e, command, environment) => {
    const places = placesOf(command, e.host.serviceEnvironment);
    const argv = command.argv;
    const strings = [e.strings(argv), e.strings(environment)] as const;
    const tried = places.slice(0, -1).map((place) =>
      e.call("execve", [e.path(place), ...strings], { what: "", mayFail: true }).argument.value
    );
    const last = places.at(-1)!;
    return e.call("execve", [e.path(last), ...strings], {
      what: () => `execute ${shownPath(last)}`,
      explain: (errno, answer) =>
        explain(
          command,
          places,
          [...tried.map((index) => -answer.result(index)), errno],
          e.host.serviceEnvironment,
        ),
    });
  },
);

/** Where the executable of a command may be. */
export function placesOf(command: Command, host: Readonly<Record<string, string>>): PathLike[] {
  return command.candidates({ ...host, ...command.environment });
}

function explain(
  command: Command,
  places: readonly PathLike[],
  errnos: readonly number[],
  environment: Readonly<Record<string, string>>,
): Explanation {
  if (!command.isLookedUp) return {};
  const codes = errnos.map((errno) => ERRNO[errno]?.code ?? "");
  const real = codes.findIndex((code) => !ELSEWHERE.has(code) && code !== "EACCES");
  const found = real >= 0 ? real : codes.indexOf("EACCES");
  if (found >= 0) return { errno: errnos[found]!, what: `execute ${shownPath(places[found]!)}` };
  const path = searchPath({ ...environment, ...command.environment }).join(":");
  return { what: `execute ${command.executable}`, reason: `it is in none of PATH (${path})` };
}

/**
 * The error for a command whose file is there, though execve(2) says ENOENT: what is missing is the
 * interpreter that the file names. Other errors stay as they are.
 */
export async function explainMissing(
  thread: SyscallThread,
  command: Command,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof SyscallError)) return error;
  if (error.code !== "ENOENT" || error.syscall !== "execve") return error;
  for (const place of placesOf(command, thread.host.serviceEnvironment)) {
    const interpreter = await interpreterOf(thread, place).catch(() => undefined);
    if (interpreter === undefined) continue;
    const { errno, syscall, host } = error;
    const what = `execute ${shownPath(place)}`;
    const reason = `its interpreter ${interpreter} is missing`;
    return new SyscallError({ syscall, errno, host, what, reason }, { cause: error });
  }
  return error;
}

/** What a file names as its interpreter, if it is there and names one. */
async function interpreterOf(thread: SyscallThread, path: PathLike): Promise<string | undefined> {
  const start = await thread.batch((b) => {
    const fd = b.open(path, O.RDONLY | O.NONBLOCK);
    const start = b.readFull(fd, LINE);
    b.close(fd);
    return start;
  });
  const text = new TextDecoder("latin1").decode(start);
  const script = text.match(/^#!\s*(\S+)/)?.[1];
  return script ?? (text.startsWith("\x7fELF") ? "(the dynamic loader)" : undefined);
}
