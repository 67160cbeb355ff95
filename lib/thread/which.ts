/** Where a command is, without executing it. */
import { AT } from "../abi/mod.ts";
import { type CallFunction, defineCall } from "./call.ts";
import { stat } from "./calls/stat.ts";
import { Command } from "./command.ts";
import { placesOf } from "./execute.ts";
import { Path, type PathLike, shownPath } from "./path.ts";
import type { Result } from "./result.ts";
import type { SyscallThread } from "./runner.ts";

const X_OK = 1;

/** faccessat(2): whether the thread may execute what is there. */
const executable: CallFunction<[path: PathLike], Result<boolean>> = defineCall(
  "executable",
  1,
  (e, path) =>
    e.call("faccessat", [AT.FDCWD, e.path(path), X_OK], {
      what: () => `execute ${shownPath(path)}`,
      decode: () => true,
    }),
);

/** The first place of a command in PATH that holds a file which may be executed, in one round trip. */
export async function which(thread: SyscallThread, name: string): Promise<Path | undefined> {
  const places = placesOf(new Command(name), thread.host.serviceEnvironment);
  const found = await thread.batch((b) =>
    places.map((place) => ({
      may: b.add(executable(place).tried()),
      stat: b.add(stat(place).tried()),
    }))
  );
  const place = places[found.findIndex(({ may, stat }) => may && stat?.isFile)];
  return place === undefined || place instanceof Path ? place : thread.path(place);
}
