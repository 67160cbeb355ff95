/**
 * Bytes in, lines out. A service may write anything: what is not UTF-8 becomes U+FFFD, and what would act
 * on a terminal is made visible.
 */
import { printable } from "./printable.ts";

/** Bytes that a line has at most; the rest of a longer one goes on in the next line. */
export const MAX_LINE = 8192;
/** Ends a line that was cut. */
export const CUT = " … (cut)";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Splits a stream of bytes into lines, ended by LF or CR LF. */
export class LineSplitter {
  /** The beginning of a line whose end has not come; less than {@linkcode MAX_LINE} bytes. */
  #partial: Uint8Array | undefined;

  /** The lines that end in these bytes, which may be reused afterwards. */
  push(bytes: Uint8Array): string[] {
    const all = this.#partial ? concat(this.#partial, bytes) : bytes;
    const lines: string[] = [];
    let start = 0;
    for (let end; (end = all.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
      const last = cutLong(all.subarray(start, end), lines);
      // Decoded one by one: slices of one large string would keep all of it in memory.
      lines.push(lineOf(last.at(-1) === RETURN ? last.subarray(0, -1) : last));
    }
    const rest = cutLong(all.subarray(start), lines);
    this.#partial = rest.length > 0 ? rest.slice() : undefined;
    return lines;
  }

  /** The last line, if it had no end. */
  flush(): string[] {
    const rest = this.#partial;
    this.#partial = undefined;
    return rest ? [lineOf(rest)] : [];
  }
}

function lineOf(bytes: Uint8Array): string {
  return printable(decoder.decode(bytes));
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Moves pieces of a long line to `lines`, and returns what is left of it. */
function cutLong(line: Uint8Array, lines: string[]): Uint8Array {
  let rest = line;
  while (rest.length > MAX_LINE) {
    const end = characterStart(rest, MAX_LINE);
    lines.push(lineOf(rest.subarray(0, end)) + CUT);
    rest = rest.subarray(end);
  }
  return rest;
}

/** Where the UTF-8 character begins that the byte at `index` belongs to; `index` if it is none. */
function characterStart(bytes: Uint8Array, index: number): number {
  for (let start = index; start > index - 4; start--) {
    if ((bytes[start]! & 0xc0) !== 0x80) return start;
  }
  return index;
}
