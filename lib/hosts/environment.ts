/**
 * What services get of the environment in which the program, or the way to a host, was started: what says
 * who and where they are. Nothing else, since it may be a secret, or mean something to the program alone.
 */

/** Variables by their names. */
export type Environment = Readonly<Record<string, string>>;

const KNOWN: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "TZ",
  "TMPDIR",
  // By this one tests find what they have left.
  "BAILIWICK_TEST",
]);
const KNOWN_BEGINNINGS = ["LC_", "XDG_"];

/** The known ones of these variables. */
export function knownOf(environment: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isKnown(name)));
}

/** These variables without those that are only of a session of ssh(1), as SSH_CONNECTION. */
export function withoutSession(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("SSH_")),
  );
}

/** These variables without those that came from the program's own environment and are not known. */
export function withoutOwn(environment: Environment, own: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => isKnown(name) || own[name] !== value),
  );
}

function isKnown(name: string): boolean {
  return KNOWN.has(name) || KNOWN_BEGINNINGS.some((beginning) => name.startsWith(beginning));
}
