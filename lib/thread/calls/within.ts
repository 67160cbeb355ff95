/** Places of files below an open directory. */
import type { CallEncoder, Fd } from "../encoder.ts";
import { type PathLike, shownPath } from "../path.ts";

/** How errors name a path that begins at an open directory, unless it is absolute. */
export function within(e: CallEncoder, directory: Fd, path: PathLike): string {
  const shown = shownPath(path);
  return shown.startsWith("/") ? shown : `${shown} in ${e.label(directory)}`;
}
