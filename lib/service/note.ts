/**
 * What a program notes of its services and of what it holds, with the hosts that keep them, so that a later
 * program knows what they are: JSON, of at most 4 KiB. `schema` and `path` mean the same in every schema.
 */
import { createHash } from "node:crypto";
import type { Fingerprint } from "../nursery/mod.ts";
import { WIRE } from "../wire/mod.ts";

const SCHEMA = 1;
/** Longer fields are noted with hashes in place of their long texts, if they are no longer than this then. */
const [LONG, MOST] = [60, 400];
/** What all fields may have together; beyond that the longest are noted as hashes of all that is in them. */
const ROOM = 2000;
/** Longer texts in a field are noted as their hashes. */
const LONG_TEXT = 40;
/** Fields of which nothing is noted but a hash, if they are long: that may be secret. */
export const HIDDEN: readonly string[] = ["secrets", "environment", "command environment"];

/** What is noted of anything. */
export interface Note {
  readonly kind: "service" | "descriptor" | "result" | "task after confirmation";
  /** Its full name. */
  readonly path: string;
  /** As {@linkcode noted} has it. */
  readonly fingerprint: Fingerprint;
  /** When it was ready or made: milliseconds since 1970, by the program's clock. */
  readonly since: number;
}

/** A note that this program cannot read. */
export interface Unread {
  /** What it is of, if that could be read. */
  readonly path: string | undefined;
  readonly why: string;
  /** Whether it has no schema, and so is somebody's own: what it is of is none of a system's names. */
  readonly isForeign: boolean;
}

/** What is to be noted of something is more than a host keeps. */
export class NoteTooLongError extends Error {
  override readonly name = "NoteTooLongError";

  constructor(path: string, size: number, longest: readonly string[]) {
    super(
      `Of ${path} ${size} bytes are to be noted, and a host keeps ${WIRE.MAX_NOTE}. ` +
        `What is longest: ${longest.join(", ")}`,
    );
  }
}

/** @throws {NoteTooLongError} If no host keeps so much. */
export function encodeNote(note: Note): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify({ schema: SCHEMA, ...note }));
  if (bytes.length <= WIRE.MAX_NOTE) return bytes;
  const sizes = Object.entries(note).map(([name, value]) =>
    [name, JSON.stringify(value)?.length ?? 0] as const
  );
  const longest = sizes.toSorted(([, one], [, other]) => other - one).slice(0, 3);
  const shown = longest.map(([name, size]) => `${name} with ${size}`);
  throw new NoteTooLongError(note.path, bytes.length, shown);
}

/** Reads the note of anything; what is in it besides is for its kind to read. */
export function decodeNote(bytes: Uint8Array): Note | Unread {
  let note: Partial<Note> & { readonly schema?: unknown };
  try {
    note = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { path: undefined, why: "has a note that is no JSON", isForeign: false };
  }
  const path = typeof note?.path === "string" ? note.path : undefined;
  const schema = note?.schema;
  if (typeof schema === "number" && schema > SCHEMA) {
    const why = `was started by a newer program, whose notes have schema ${schema}`;
    return { path, why, isForeign: false };
  }
  const { kind, fingerprint, since } = note ?? {};
  const isWhole = schema === SCHEMA && path !== undefined && typeof kind === "string" &&
    typeof since === "number" && isTexts(fingerprint);
  if (isWhole) return note as Note;
  return { path, why: "has a note that is not whole", isForeign: typeof schema !== "number" };
}

/** A fingerprint as it is noted: what is long only by hashes. */
export function noted(fingerprint: Fingerprint): Fingerprint {
  const fields = Object.entries(fingerprint).map(([name, text]) => ({
    ...{ name, whole: hashed(text), text: outlined(name, text) },
  }));
  let room = ROOM;
  const short = fields.toSorted((one, other) => one.text.length - other.text.length)
    .filter(({ text }) => (room -= text.length) >= 0);
  return Object.fromEntries(
    fields.map((field) => [field.name, short.includes(field) ? field.text : field.whole]),
  );
}

/** A noted fingerprint, with the own text in the fields in which it is equal to one's own. */
export function recalled(of: Fingerprint, own: Fingerprint, text: Fingerprint = own): Fingerprint {
  const isEqual = (name: string, noted: string) =>
    own[name] !== undefined && [outlined(name, own[name]), hashed(own[name])].includes(noted);
  const fields = Object.entries(of);
  return Object.fromEntries(
    fields.map(([name, noted]) => [name, isEqual(name, noted) ? text[name]! : noted]),
  );
}

/** A field as it is noted where there is room. */
export function outlined(name: string, text: string): string {
  if (text.length <= LONG) return text;
  if (HIDDEN.includes(name)) return hashed(text);
  const outline = outlineOf(text);
  return outline !== undefined && outline.length <= MOST ? outline : hashed(text);
}

function outlineOf(text: string): string | undefined {
  try {
    return JSON.stringify(withHashes(JSON.parse(text)));
  } catch {
    return undefined; // It is plain text, as the name of a host.
  }
}

function withHashes(value: unknown): unknown {
  if (typeof value === "string" && value.length > LONG_TEXT) return hashed(value).slice(0, 23);
  if (Array.isArray(value)) return value.map(withHashes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withHashes(each)]),
  );
}

function hashed(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("base64")}`;
}

function isTexts(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string");
}
