/** Installs on this machine what is missing of the servers that the system runs, if root does it and Debian's apt-get is there. */

/** Debian's packages, by a file of each. */
const PACKAGES: Readonly<Record<string, string>> = { "/usr/bin/redis-server": "redis-server" };
const APT = "/usr/bin/apt-get";
/** While it is there, packages that are installed start nothing: invoke-rc.d(8). */
const POLICY = "/usr/sbin/policy-rc.d";

const missing = Object.keys(PACKAGES).filter((file) => !isThere(file))
  .map((file) => PACKAGES[file]!);
if (missing.length > 0 && Deno.uid() === 0 && isThere(APT)) await install(missing);

async function install(packages: readonly string[]): Promise<void> {
  console.error(`Installing ${packages.join(" ")}`);
  const hasPolicy = isThere(POLICY);
  if (!hasPolicy) await Deno.writeTextFile(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await apt("update");
    await apt("install", "--yes", "--no-install-recommends", ...packages);
  } finally {
    if (!hasPolicy) await Deno.remove(POLICY);
  }
}

async function apt(...args: string[]): Promise<void> {
  const command = new Deno.Command(APT, { args: ["--quiet", ...args], stdout: "null" });
  const { code } = await command.spawn().status;
  if (code !== 0) throw new Error(`${APT} ${args.join(" ")} exited with status ${code}`);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
