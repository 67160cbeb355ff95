/**
 * What is left out of all that is shown of a service: what it prints of its secrets as they are. It is a help
 * and no more, since what it prints in another form is not known by its look.
 *
 * It looks at bytes, before they are split into lines, cut and made printable: a secret is found wherever the
 * pieces end in which it comes, and whatever it consists of.
 */
import { concat } from "../agent/mod.ts";
import { valueOf } from "./secret.ts";
import type { Secrets } from "./secrets.ts";

/** Bytes of the shortest that is left out: what is shorter may stand in a line by chance. */
const LEAST = 6;
const SHOWN = new TextEncoder().encode("(a secret)");
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Leaves secrets out. */
export class Redaction {
  readonly #texts: readonly Text[];

  /** @param texts What is left out, the longest first, since one may be a part of another. */
  constructor(texts: readonly Text[]) {
    this.#texts = texts;
  }

  /** Bytes that are shown, without the secrets in them, nor the beginning of one with which they end. */
  of(bytes: Uint8Array): Uint8Array {
    const stream = this.stream();
    return concat([stream.push(bytes), stream.flush()]);
  }

  /** The same for what comes in pieces. */
  stream(): RedactingStream {
    return new RedactingStream(this.#texts.map((text) => new Matcher(text)));
  }
}

/** Leaves secrets out of a stream. What may be the beginning of one is held back until that is known. */
export class RedactingStream {
  readonly #matchers: readonly Matcher[];

  constructor(matchers: readonly Matcher[]) {
    this.#matchers = matchers;
  }

  /** What is to be shown after these bytes, which may be a part of them. */
  push(bytes: Uint8Array): Uint8Array {
    return this.#matchers.reduce((shown, matcher) => matcher.push(shown), bytes);
  }

  /** What is to be shown at the end. */
  flush(): Uint8Array {
    return this.#matchers.reduce<Uint8Array>(
      (shown, matcher) => concat([matcher.push(shown), matcher.flush()]),
      new Uint8Array(),
    );
  }
}

/** What redacts these secrets; nothing if there are none that it could find. */
export function redactionOf(secrets: Secrets | undefined): Redaction | undefined {
  const lines = Object.values(secrets ?? {}).flatMap((secret) => linesOf(valueOf(secret)));
  if (lines.length === 0) return undefined;
  return new Redaction(lines.toSorted((a, b) => b.length - a.length).map(textOf));
}

/** The lines of a value, each of which may stand alone. */
function linesOf(value: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = 0; end <= value.length; end++) {
    if (end < value.length && value[end] !== NEWLINE && value[end] !== RETURN) continue;
    if (end - start >= LEAST) lines.push(value.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** What is looked for, as Knuth, Morris and Pratt do: each byte is looked at once. */
interface Text {
  readonly bytes: Uint8Array;
  /** How much of its beginning is still there when the byte after so many is another. */
  readonly shorter: Int32Array;
}

function textOf(bytes: Uint8Array): Text {
  const shorter = new Int32Array(bytes.length + 1);
  for (let end = 1, matched = 0; end < bytes.length; end++) {
    while (matched > 0 && bytes[end] !== bytes[matched]) matched = shorter[matched]!;
    if (bytes[end] === bytes[matched]) matched++;
    shorter[end + 1] = matched;
  }
  return { bytes, shorter };
}

/** Looks for one text. What it holds back is the beginning of that. */
class Matcher {
  readonly #text: Text;
  #matched = 0;

  constructor(text: Text) {
    this.#text = text;
  }

  push(input: Uint8Array): Uint8Array {
    const { bytes, shorter } = this.#text;
    const shown: Uint8Array[] = [];
    for (let at = 0; at < input.length;) {
      if (this.#matched === 0) {
        const found = input.indexOf(bytes[0]!, at);
        const end = found === -1 ? input.length : found;
        if (end > at) shown.push(input.subarray(at, end));
        at = end;
        if (found === -1) break;
      }
      if (input[at] === bytes[this.#matched]) {
        this.#matched++;
        at++;
        if (this.#matched === bytes.length) shown.push(this.#taken());
      } else {
        const matched = shorter[this.#matched]!;
        shown.push(bytes.subarray(0, this.#matched - matched));
        this.#matched = matched;
      }
    }
    return concat(shown);
  }

  flush(): Uint8Array {
    if (this.#matched >= LEAST) return this.#taken();
    const rest = this.#text.bytes.subarray(0, this.#matched);
    this.#matched = 0;
    return rest;
  }

  #taken(): Uint8Array {
    this.#matched = 0;
    return SHOWN;
  }
}
