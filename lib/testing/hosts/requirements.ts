/** What this machine must have for a test. With `CI=true` what is missing is an error: nothing is left out. */

const TOOLS = [
  "/usr/sbin/sshd",
  "ssh",
  "ssh-keygen",
  "ip",
  "unshare",
  "nsenter",
  "setpriv",
  "mount",
];

/** Whether a test can run here, and if not, why. */
export interface Availability {
  readonly ok: boolean;
  /** What is missing and how to get it; empty when nothing is. */
  readonly why: string;
}

/**
 * Says whether {@linkcode TestNetwork} can be made here. Tests give `!testHostsAvailable().ok` as their
 * `ignore`.
 *
 * @throws {Error} If it can't and the environment has `CI=true`: there a test must not be left out.
 */
export function testHostsAvailable(): Availability {
  return available(missing());
}

/**
 * Says whether the programs that a test runs are installed; each comes with the Debian package that has it.
 * Tests give `!toolsAvailable({ fish: "fish" }).ok` as their `ignore`.
 *
 * @throws {Error} If one is not and the environment has `CI=true`.
 */
export function toolsAvailable(packages: Readonly<Record<string, string>>): Availability {
  const absent = Object.keys(packages).filter((tool) => !isInstalled(tool));
  if (absent.length === 0) return available("");
  const names = absent.map((tool) => packages[tool]);
  return available(`A test needs ${absent.join(", ")}; install ${names.join(", ")}`);
}

function available(why: string): Availability {
  if (why !== "" && Deno.env.get("CI") === "true") throw new Error(why);
  return { ok: why === "", why };
}

function missing(): string {
  if (Deno.build.os !== "linux") return "Test hosts need Linux";
  if (Deno.uid() !== 0) return "Test hosts need root, for network namespaces; run as root";
  const absent = TOOLS.filter((tool) => !isInstalled(tool));
  if (absent.length > 0) {
    return `Test hosts need ${absent.join(", ")}; install openssh-server, openssh-client, ` +
      "iproute2 and util-linux";
  }
  const trial = new Deno.Command("unshare", {
    args: ["-n", "-m", "-p", "-u", "-f", "ip", "link", "add", "trial", "type", "veth"],
    stdin: "null",
    stderr: "piped",
  }).outputSync();
  if (trial.success) return "";
  const said = new TextDecoder().decode(trial.stderr).trim();
  return `Test hosts need network namespaces and veth, which this machine refuses: ${said}`;
}

function isInstalled(tool: string): boolean {
  if (tool.startsWith("/")) return isFile(tool);
  return (Deno.env.get("PATH") ?? "").split(":").some((place) => isFile(`${place}/${tool}`));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
