/**
 * Makes a machine ready:
 *
 *     deno run -A scripts/setup.ts up       to run the system here: a compiler
 *     deno run -A scripts/setup.ts build    to build it for every architecture: cross compilers, too
 *     deno run -A scripts/setup.ts test     to test it: what the tests run, too
 *
 * and builds the native files. As root it installs the Debian packages that are missing; otherwise it
 * names them. It is quick when nothing is to be done, as it looks at files only.
 */
import { ROOT } from "./sources.ts";

const GOALS = ["up", "build", "test"] as const;
type Goal = (typeof GOALS)[number];

/** A file that shows whether a package is there: a program's name, or a whole path. */
interface Need {
  readonly file: string;
  readonly debian: string;
}

/** The architecture that this machine does not have, as the compiler and as Debian names it. */
const FOREIGN = Deno.build.arch === "x86_64"
  ? { gnu: "aarch64", gcc: "aarch64", debian: "arm64" }
  : { gnu: "x86_64", gcc: "x86-64", debian: "amd64" };

/** What each goal needs; the later ones need what the earlier do. */
const NEEDS: Record<Goal, readonly Need[]> = {
  up: [
    { file: "gcc", debian: "gcc" },
    { file: "make", debian: "make" },
    { file: "/usr/include/stdio.h", debian: "libc6-dev" },
  ],
  build: [
    { file: `${FOREIGN.gnu}-linux-gnu-gcc`, debian: `gcc-${FOREIGN.gcc}-linux-gnu` },
    {
      file: `/usr/${FOREIGN.gnu}-linux-gnu/include/stdio.h`,
      debian: `libc6-dev-${FOREIGN.debian}-cross`,
    },
  ],
  test: [
    { file: `qemu-${FOREIGN.gnu}-static`, debian: "qemu-user-static" },
    { file: "qemu-system-x86_64", debian: "qemu-system-x86" },
    { file: "dpkg-deb", debian: "dpkg" },
    { file: "sshd", debian: "openssh-server" },
    { file: "ssh", debian: "openssh-client" },
    { file: "ip", debian: "iproute2" },
    { file: "busybox", debian: "busybox" },
    { file: "bash", debian: "bash" },
    { file: "fish", debian: "fish" },
    { file: "tcsh", debian: "tcsh" },
    { file: "zsh", debian: "zsh" },
    { file: "nix-store", debian: "nix-bin" },
    { file: "/usr/lib/postgresql/15/bin/postgres", debian: "postgresql-15" },
    { file: "redis-server", debian: "redis-server" },
    { file: "nginx", debian: "nginx" },
    { file: "haproxy", debian: "haproxy" },
    { file: "dbus-daemon", debian: "dbus-daemon" },
    { file: "systemd-analyze", debian: "systemd" },
    { file: "systemd-notify", debian: "systemd" },
    { file: "chromium", debian: "chromium" },
    { file: "promtool", debian: "prometheus" },
    { file: "node", debian: "nodejs" },
    { file: "java", debian: "default-jre-headless" },
    { file: "s6-svscan", debian: "s6" },
    { file: "javac", debian: "default-jdk-headless" },
  ],
};

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Programs of the system administrator are not in everyone's PATH. */
const PATH = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];

function isThere({ file }: Need): boolean {
  if (file.startsWith("/")) return exists(file);
  return PATH.some((directory) => exists(`${directory}/${file}`));
}

async function run(command: string, args: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const { code } = await new Deno.Command(command, { args, env, cwd: ROOT }).spawn().status;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with status ${code}`);
}

/** What Debian asks before it starts a server that it has installed: policy-rc.d of invoke-rc.d(8). */
const POLICY = "/usr/sbin/policy-rc.d";

/** Does something while no server is started that comes with a package. */
async function withoutStarting(task: () => Promise<void>): Promise<void> {
  if (exists(POLICY)) return await task();
  await Deno.writeTextFile(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await task();
  } finally {
    await Deno.remove(POLICY);
  }
}

async function install(packages: readonly string[]): Promise<void> {
  const names = packages.join(" ");
  if (Deno.uid() !== 0 || !isThere({ file: "apt-get", debian: "apt" })) {
    throw new Error(
      `Missing programs of these Debian packages: ${names}. Install them as root: ` +
        `apt-get install ${names}`,
    );
  }
  console.error(`Installing ${names}`);
  await run("apt-get", ["update", "-q"]);
  await withoutStarting(() =>
    run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages])
  );
}

/** Builds what is stale; for this machine only if the goal is to run the system here. */
async function build(goal: Goal): Promise<void> {
  const arches = goal === "up" ? Deno.build.arch : "x86_64 aarch64";
  for (const folder of ["native", "components"]) {
    await run("make", ["-s", "-C", folder, `ARCHES=${arches}`]);
  }
  await run(Deno.execPath(), ["run", "-A", "scripts/make_page.ts"]);
}

async function main([name = "up"]: readonly string[]): Promise<void> {
  const last = GOALS.findIndex((goal) => goal === name);
  if (last === -1) throw new Error(`Unknown goal ${name}: give one of ${GOALS.join(", ")}`);
  const goal = GOALS[last]!;
  const needs = GOALS.slice(0, last + 1).flatMap((goal) => NEEDS[goal]);
  const missing = needs.filter((need) => !isThere(need)).map(({ debian }) => debian);
  if (missing.length > 0) await install(missing);
  // The gate builds, and reports on it.
  if (goal !== "test") return await build(goal);
  if (Deno.build.arch === "x86_64" && !exists(`${ROOT}/dist/guest/vmlinuz`)) {
    await run(`${ROOT}/scripts/fetch_guest.sh`, []);
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(`setup: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
