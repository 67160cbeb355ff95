/**
 * What the far side runs to become an agent: POSIX sh that must work in dash, bash and busybox sh, with GNU
 * or busybox tools.
 *
 * It is sent as one line on standard input, where {@linkcode READ_SCRIPT} takes it: `read` takes byte by byte
 * and so nothing of what follows. (A shell that reads its commands from a pipe reads ahead: dash 0.5.12
 * and busybox take whole blocks.) So every line here ends where a space may follow.
 *
 * Only creating a file (noclobber: as O_EXCL) and executing it tell whether a place will do.
 *
 * Then it reads exactly the bytes of the agents, and what follows them is left for the agent. No file
 * is there while bytes are awaited: they are received through descriptors of a file that is unlinked
 * already, so a link that breaks leaves nothing. Each line that it prints begins with the token.
 */
import { createHash } from "node:crypto";
import type { AssetArch } from "../assets/mod.ts";
import { cksum } from "./cksum.ts";

/** An agent and the machine that it is for. */
export interface Agent {
  readonly arch: AssetArch;
  readonly bytes: Uint8Array;
}

/** What {@linkcode READ_SCRIPT} prints to standard error when it gets something else than a script. */
export const EATEN = "bailiwick: what was sent to sh was read by something before it";

/**
 * A command that takes a script of one line from standard input. It has no character that any login shell
 * (csh and fish too) reads otherwise than sh does. A login script that has read some of the input must not
 * make it run what follows.
 */
export const READ_SCRIPT =
  `exec sh -c 'read -r s;case $s in t=*)eval "$s";;*)echo ${EATEN}>&2;exit 97;esac'`;

const START = String.raw`
f() { echo "$t error $*"; exit 1; };
m=$(uname -m);
case $m in amd64) m=x86_64;; arm64) m=aarch64;; esac;
`;

const RECEIVE = String.raw`
[ -e /proc/self/fd/0 ] || f no-place "/proc is not mounted";
q=; o=;
for d in "$XDG_RUNTIME_DIR" /dev/shm /tmp /var/tmp "$HOME" .; do
  [ -n "$d" ] || continue;
  o="$o $d"; p=$d/.bailiwick.$t;
  if (umask 077; set -C; echo : >"$p" && chmod 700 "$p" && exec "$p") >/dev/null 2>&1; then
    exec 3<"$p" 4>"$p"; q=$d;
  fi;
  rm -f "$p";
  [ -z "$q" ] || break;
done;
[ -n "$q" ] || f no-place "tried$o";
r() {
  dd bs="$1" count=1 iflag=fullblock 2>/dev/null || [ -s /proc/self/fd/3 ] ||
  dd bs=1 count="$1" 2>/dev/null;
};
[ "$k" -eq 0 ] || r "$k" >/dev/null;
r "$n" >&4;
exec 4>&-;
if command -v sha256sum >/dev/null 2>&1; then s=$(sha256sum <&3);
else s=$(cksum <&3); h=$c; fi;
case $s in "$h"*) ;; *)
  s=$(wc -c </proc/self/fd/3);
  [ "$s" -eq "$n" ] || f short "$((s)) of $n bytes in $q";
  f hash "$q";;
esac;
echo "$t ready $m";
exec /proc/self/fd/3 $a;
`;

/**
 * The script as one line. The agents are sent behind it in the given order, and the first one costs the
 * far side least, so it should be the likely one.
 *
 * Bytes behind the end of an executable do no harm, so an agent's file holds whatever follows the agent
 * too; only what comes before is read and dropped.
 *
 * @param words The agent's arguments, which a shell takes as they are.
 */
export function bootstrapScript(
  agents: readonly Agent[],
  token: string,
  words: readonly string[] = [],
): string {
  const lines = `t=${token};a="${words.join(" ")}";${START}${sent(agents).choice}${RECEIVE}`.split(
    "\n",
  ).map((
    line,
  ) => line.trim());
  return `${lines.filter((line) => line !== "").join(" ")}\n`;
}

/** What is sent behind the script. */
export function concatenate(agents: readonly Agent[]): Uint8Array {
  return sent(agents).bytes;
}

/** Agents, as they are sent to each host. */
interface Sent {
  /** Behind one another. */
  readonly bytes: Uint8Array;
  /** The part of the script that chooses among them. */
  readonly choice: string;
}

const known = new WeakMap<readonly Agent[], Sent>();

/** Made once: to take the checksums costs as much as all else that a connect does on this side. */
function sent(agents: readonly Agent[]): Sent {
  let made = known.get(agents);
  if (!made) known.set(agents, made = { bytes: joined(agents), choice: choiceOf(agents) });
  return made;
}

function choiceOf(agents: readonly Agent[]): string {
  const arms = agents.map(({ arch }, i) => {
    const skipped = agents.slice(0, i).reduce((sum, agent) => sum + agent.bytes.length, 0);
    const bytes = joined(agents.slice(i));
    const sha = createHash("sha256").update(bytes).digest("hex");
    return `${arch}) k=${skipped} n=${bytes.length} h=${sha} c="${cksum(bytes)} ${bytes.length}";;`;
  });
  return `case $m in ${arms.join(" ")} *) f unknown-arch "$m";; esac;`;
}

function joined(agents: readonly Agent[]): Uint8Array {
  const whole = new Uint8Array(agents.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let offset = 0;
  for (const { bytes } of agents) {
    whole.set(bytes, offset);
    offset += bytes.length;
  }
  return whole;
}
