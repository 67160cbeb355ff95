/**
 * Text that a service, a file name or a host may have made up, for people to read. What could move the
 * cursor, change colours, hide or reorder text becomes visible: control characters of both sets, DEL,
 * line and paragraph separators, marks of writing direction. It is done once, where such text enters;
 * doing it again changes nothing.
 */

// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, "g");
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\x1b": "\\e" };

/** One line of text that can be shown as it is; a tab stays. */
export function printable(text: string): string {
  return UNPRINTABLE.test(text) ? text.replaceAll(EACH_UNPRINTABLE, escape) : text;
}

function escape(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return NAMED[character] ?? (code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`);
}
