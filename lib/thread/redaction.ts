/**
 * What logs leave out: what a service prints of its secrets as they are. It is a help and no more, since
 * what it prints in another form is not known by its look.
 */
import { valueOf } from "./secret.ts";
import type { Secrets } from "./secrets.ts";

/** What is shorter may stand in a line by chance. */
const LEAST = 6;
const SHOWN = "(a secret)";

/** What shows a line without the secrets; nothing if there are none that it could find. */
export function redactionOf(secrets: Secrets): ((line: string) => string) | undefined {
  const texts = Object.values(secrets).flatMap((secret) => linesOf(valueOf(secret)))
    // One may be a part of another.
    .toSorted((a, b) => b.length - a.length);
  if (texts.length === 0) return undefined;
  return (line) => texts.reduce((shown, text) => shown.replaceAll(text, () => SHOWN), line);
}

/** The lines of a value, each of which may stand alone in a log. */
function linesOf(value: Uint8Array): string[] {
  return new TextDecoder().decode(value).split(/[\r\n]+/).filter((line) => line.length >= LEAST);
}
