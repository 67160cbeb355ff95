/** How a new system gets the library: that of the checkout, or of the npm package, which this module is in. */
import { filePath } from "../assets/mod.ts";
import { run } from "../bundle/mod.ts";
import library from "../../deno.json" with { type: "json" };
import { LIBRARY } from "./template.ts";

/** The library as a system's sources see it. */
export interface Library {
  /** How its user runs deno. */
  readonly runner: string;
  /** How its tasks do. */
  readonly deno: string;
  /** For the system's deno.json. */
  readonly imports: Readonly<Record<string, string>>;
  /** What the directory of a system may have in it before there is a system. */
  readonly allowed: readonly string[];
  /** Brings the library into a system's directory. */
  install(directory: string): Promise<void>;
}

/** The library that this program is of. */
export async function ownLibrary(): Promise<Library> {
  return await exists(new URL("package.json", LIBRARY)) ? PACKAGE : checkout();
}

/** A checkout is used where it is; what it imports by a name, its users must have under that name. */
function checkout(): Library {
  const { imports } = library;
  const own = Object.entries(imports).filter(([name]) => /^bailiwick(\/|$)/.test(name));
  const paths = own.map(([name, path]) => [name, new URL(path, LIBRARY).href]);
  return {
    runner: "deno",
    deno: "deno",
    imports: { ...Object.fromEntries(paths), commander: imports.commander },
    allowed: [],
    install: async () => {},
  };
}

/** The package is where deno looks by itself, or gets there. */
const PACKAGE: Library = {
  runner: "npx deno",
  // A task would take the program in node_modules/.bin for a script, and run it by deno.
  deno: "env deno",
  imports: {},
  allowed: ["node_modules", "package.json", "package-lock.json"],
  async install(directory) {
    if (await exists(new URL(`file://${directory}/node_modules/bailiwick`))) return;
    const options = [
      ...["--no-audit", "--no-fund", "--loglevel", "error"],
      ...["--install-links", "--prefix", directory],
    ];
    const argv: [string, ...string[]] = ["npm", "install", ...options, filePath(LIBRARY)];
    await run("the package bailiwick cannot be installed in it", argv, directory);
  },
};

async function exists(url: URL): Promise<boolean> {
  try {
    await Deno.stat(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
