/**
 * The deno that runs scripts on a host. On this machine, seen as the program sees it, it is the program's
 * own. To others it is sent as a package: the program's own, which in an executable is the one inside of
 * it; for hosts of another architecture, the one of the same version from npm.
 */
import type { Arch } from "../abi/mod.ts";
import { officialDeno } from "../bundle/mod.ts";
import { deploy, FilesPackage, PackedFile } from "../packages/mod.ts";
import { shutsOut, type Thread, type User } from "../thread/mod.ts";

/** What runs this, whatever became of the file that it was executed from. */
const OWN = "/proc/self/exe";

/** The path of a deno on the thread's host that the user can execute; it is brought there unless there is one. */
export async function denoOn(thread: Thread, user?: User): Promise<string> {
  const own = thread.host.local ? await ownFor(thread, user) : undefined;
  if (own !== undefined) return own;
  const file = await denoFile(thread.host.arch);
  const pkg = await deploy(thread, new FilesPackage("deno", [file]), { ...(user && { user }) });
  return `${pkg.path.join("bin/deno")}`;
}

/** The program's own by a path that the user can execute; nothing if there is none. */
async function ownFor(thread: Thread, user: User | undefined): Promise<string | undefined> {
  const path = Deno.execPath();
  if (!await isInPlace()) return user ? undefined : `/proc/${Deno.pid}/exe`;
  return user && await shutsOut(thread, path, user) !== undefined ? undefined : path;
}

/** Whether what runs this is where it was executed from: not if that was replaced, or is in memory. */
async function isInPlace(): Promise<boolean> {
  try {
    const [there, own] = await Promise.all([Deno.stat(Deno.execPath()), Deno.stat(OWN)]);
    return there.ino === own.ino && there.dev === own.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const known = new Map<Arch, Promise<PackedFile>>();

/**
 * The deno for hosts of an architecture, as it is in its package.
 *
 * @throws {Error} If it is not the program's own and cannot be had from npm.
 */
export async function denoFile(arch: Arch): Promise<PackedFile> {
  const making = known.get(arch) ?? PackedFile.make("bin/deno", 0o755, () => loadDeno(arch));
  known.set(arch, making);
  try {
    return await making;
  } catch (error) {
    known.delete(arch);
    throw error;
  }
}

async function loadDeno(arch: Arch): Promise<Uint8Array> {
  if (arch === Deno.build.arch) return await Deno.readFile(OWN);
  return (await officialDeno(arch)).bytes;
}
