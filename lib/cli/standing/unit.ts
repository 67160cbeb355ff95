/** `unit`: a unit of systemd that runs the program of a system that stands. */
import { ownCommand } from "./own_command.ts";

/** Which program a unit runs, and for whom. */
export interface UnitOptions {
  readonly system: string;
  readonly description: string;
  /** The words of its command line. */
  readonly words: readonly string[];
  /** Whether it is one of a user's own manager; else of the machine's. */
  readonly user: boolean;
  /** What runs the program. */
  readonly command?: readonly [string, ...string[]];
}

/**
 * The text of a unit. It takes nothing over: while another program is in charge it is tried again now and then.
 * Once another has taken over from it, it stays ended.
 */
export function unitOf(options: UnitOptions): string {
  const { system, description, words, user, command = ownCommand() } = options;
  const file = `bailiwick-${system}.service`;
  const exec = [...command, ...words].map(quoted).join(" ");
  return `# ${user ? `~/.config/systemd/user/${file}` : `/etc/systemd/system/${file}`}
${comment(user ? USER : MACHINE, file)}
[Unit]
Description=${description.replaceAll("%", "%%")}
${user ? "" : "Wants=network-online.target\nAfter=network-online.target\n"}StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${exec}
WorkingDirectory=${Deno.cwd().replaceAll("%", "%%")}
${stateHome()}# What stands on this machine is in this group of processes, and stays when the program ends.
KillMode=process
Restart=on-failure
RestartSec=5
# 5: another program has taken over. 2: the command line makes no sense.
RestartPreventExitStatus=5 2

[Install]
WantedBy=${user ? "default.target" : "multi-user.target"}
`;
}

const USER =
  `Put it there, and then: systemctl --user daemon-reload, systemctl --user enable --now NAME.
A user's manager ends when the user's last session does, and everything in it, services of the system too; and
after a reboot it begins with the first session. With lingering, loginctl enable-linger USER, it runs from boot
to shutdown.`;

const MACHINE = `Put it there, and then: systemctl daemon-reload, systemctl enable --now NAME.
On other hosts sshd's sessions are over when the program has started what stands there. Where logind has
KillUserProcesses=yes, what is left of a session is killed with it: loginctl enable-linger USER there.`;

function comment(text: string, file: string): string {
  return text.replaceAll("NAME", file).split("\n").map((line) => `# ${line}`).join("\n");
}

/** Where the system's state is must be the same in each program. */
function stateHome(): string {
  const home = Deno.env.get("XDG_STATE_HOME");
  return home ? `Environment=${inQuotes(`XDG_STATE_HOME=${home.replaceAll("%", "%%")}`)}\n` : "";
}

/** A word of ExecStart=, as systemd.service(5) and systemd.syntax(7) have it. */
function quoted(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[\w@%+=:,./$-]+$/.test(plain)) return plain;
  return inQuotes(plain);
}

function inQuotes(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
