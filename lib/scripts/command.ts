/** Services in TypeScript and JavaScript, as commands. */
import { basename } from "node:path/posix";
import { filePath } from "../assets/mod.ts";
import { CONFIG } from "../inside/variables.ts";
import { deploy, FilesPackage, type Package } from "../packages/mod.ts";
import { Command, type Thread, type User } from "../thread/mod.ts";
import { permissionFlags, type ScriptPermissions } from "./permissions.ts";
import { denoOn } from "./runtime.ts";
import { readScript } from "./source.ts";

/** What a script is run by, and what it is told. */
export type ScriptOptions<Config = unknown> =
  & {
    /**
     * The user that runs it, to be given to `startService`, too.
     *
     * @default that of the thread
     */
    readonly user?: User;
    /** What `config()` of `bailiwick/service` returns there: plain data, and no secret. */
    readonly config?: Config;
  }
  & (
    | {
      /**
       * `"deno"`: the program's own, brought to the host once. `"node"`: the `node` of the host's PATH, 18 or
       * later.
       *
       * @default "deno"
       */
      readonly runtime?: "deno";
      /**
       * What it may do.
       *
       * @default "all", as any program
       */
      readonly permissions?: ScriptPermissions | "all";
    }
    | { readonly runtime: "node" }
  );

/** What deno reads of a script's surroundings makes no difference to it. */
const FLAGS = [
  ...["--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-prompt", "--no-check"],
  "--node-modules-dir=none",
];
/** And its log has no colours in it. */
const DENO_VARIABLES = { DENO_NO_UPDATE_CHECK: 1, DENO_NO_PACKAGE_JSON: 1, NO_COLOR: 1 };

/** The most that execve(2) takes as one string, MAX_ARG_STRLEN. */
const LONGEST = 128 * 1024;

/**
 * The command that runs a module in TypeScript or JavaScript on the thread's host. The module is bundled
 * with all that it imports, and sent with the files that its modules name as
 * `new URL("./file", import.meta.url)`; so is the runtime, if the host does not have it. Then it is a
 * command as any other: `startService` starts it, with sockets, readiness and all other options.
 *
 * From source a module that was changed is bundled again by the next call. Types are not checked; that is
 * for `deno check`.
 *
 * @param module As `new URL("./app.ts", import.meta.url)`, with the whole path as a literal, so that an
 * executable has it, too.
 *
 * @example
 * ```ts
 * import { type Nursery, scriptCommand, startService, type Thread } from "bailiwick";
 *
 * async function startGreeter(nursery: Nursery, thread: Thread, greeting: string) {
 *   const module = new URL("./greeter.ts", import.meta.url);
 *   const command = await scriptCommand(thread, module, { config: { greeting } });
 *   return await startService(nursery, thread, command, { ready: 3 });
 * }
 * ```
 *
 * @throws {AssetError} If the module is not there.
 * @throws {Error} If it cannot be bundled, or there is no deno for the host's architecture.
 * @throws {TypeError} If `config` is not plain data, or the runtime is unknown.
 * @throws {RangeError} If `config` is too long for an environment, 128 KiB, or Deno cannot be told of a
 * permission.
 */
export async function scriptCommand<Config = unknown>(
  thread: Thread,
  module: URL,
  options: ScriptOptions<Config> = {},
): Promise<Command> {
  const name = basename(filePath(module)).replace(/\.\w+$/, "");
  const variables = options.config === undefined ? {} : { [CONFIG]: textOf(name, options.config) };
  switch (options.runtime) {
    case "node": {
      const { pkg, main } = await send(thread, name, module, options.user);
      return new Command("node", ["--enable-source-maps", pkg.path.join(main)], variables);
    }
    case undefined:
    case "deno": {
      const sent = Promise.all([
        send(thread, name, module, options.user),
        denoOn(thread, options.user),
      ]);
      const [{ pkg, main }, deno] = await sent;
      const permissions = permissionFlags(options.permissions ?? "all", pkg.path);
      const args = ["run", ...FLAGS, ...permissions, pkg.path.join(main)];
      return new Command(deno, args, { ...DENO_VARIABLES, ...variables });
    }
    default:
      throw new TypeError(`Unknown runtime ${options["runtime"]}: it is deno or node`);
  }
}

async function send(
  thread: Thread,
  name: string,
  module: URL,
  user: User | undefined,
): Promise<{ pkg: Package; main: string }> {
  const { main, files } = await readScript(module);
  return {
    pkg: await deploy(thread, new FilesPackage(name, files), { ...(user && { user }) }),
    main,
  };
}

function textOf(name: string, config: unknown): string {
  const text = JSON.stringify(config);
  if (text === undefined) throw new TypeError(`The config of ${name} is not plain data`);
  const { length } = new TextEncoder().encode(`${CONFIG}=${text}\0`);
  if (length <= LONGEST) return text;
  throw new RangeError(
    `The config of ${name} has ${length} bytes, and an environment takes ${LONGEST}: give it a file`,
  );
}
