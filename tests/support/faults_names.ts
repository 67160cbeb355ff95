/** Host and user names that try to become an option, shell text or a path. */
import fc from "fast-check";

/** Each makes a file called `canary` if anything takes it for more than a name. */
const PAYLOADS = [
  "-oProxyCommand=touch canary",
  "-oProxyCommand=touch${IFS}canary",
  "-oPermitLocalCommand=yes -oLocalCommand=touch canary",
  "-F/dev/stdin",
  "-Etouch",
  "--",
  "$(touch canary)",
  "`touch canary`",
  ";touch canary;",
  "|touch canary|",
  "&touch canary&",
  "&&touch canary",
  ">canary",
  "\ntouch canary\n",
  "\r\ntouch canary",
  "';touch canary;'",
  '";touch canary;"',
  "\\;touch canary",
  "${IFS}touch${IFS}canary",
  "{touch,canary}",
  "%h;touch canary",
  "!touch canary",
  "canary\0touch canary",
  "\u2028touch canary",
  "ｈost;touch canary",
  "~/canary",
  "../../canary",
  "x".repeat(100_000),
];

const WRAPS: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => ` ${payload}`,
  (payload) => `'${payload}'`,
  (payload) => `"${payload}"`,
  (payload) => `a${payload}`,
  (payload) => `${payload}.example`,
  (payload) => `-${payload}`,
  (payload) => `ssh://${payload}`,
];

const PLACES: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `user@${payload}`,
  (payload) => `${payload}@localhost`,
];

/** The same names every time: every payload wrapped in every place, then some put together by chance. */
export function hostileNames(count: number): string[] {
  const made = PLACES.flatMap((place) =>
    WRAPS.flatMap((wrap) => PAYLOADS.map((payload) => place(wrap(payload))))
  );
  const piece = fc.oneof(fc.constantFrom(...PAYLOADS), fc.string({ unit: "binary" }));
  const mixed = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
  const more = fc.sample(mixed, { numRuns: 2 * count, seed: 1 });
  return [...new Set([...made, ...more])].slice(0, count);
}
