/** A session over a stream in each direction, of JSON lines. */
import { printable } from "../logs/mod.ts";
import type { Question, Reply } from "./messages.ts";
import type { Repl, SessionOptions } from "./repl.ts";

/** Characters of one message at the most. */
const LONGEST = 1 << 20;
/** Characters of a value or an output that are shown. */
const MOST_SHOWN = 1 << 16;

/**
 * Serves a client.
 *
 * @returns What the session says. Who cancels that ends the session.
 */
export function serveRepl(
  repl: Repl,
  input: ReadableStream<Uint8Array>,
  options: SessionOptions,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const utf8 = new TextEncoder();
  const reply = (message: Reply) => {
    // Who does not read has gone, or is slow: nothing here waits for him.
    writer.write(utf8.encode(`${JSON.stringify(shown(message))}\n`)).catch(() => {});
  };
  // A client that is cut off, or says what makes no sense, has ended its session.
  repl.serve(questionsOf(input), reply, options).catch(() => {})
    .then(() => writer.close()).catch(() => {});
  return readable;
}

async function* questionsOf(input: ReadableStream<Uint8Array>): AsyncGenerator<Question> {
  let rest = "";
  for await (const text of input.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > LONGEST) throw new RangeError("The message is too long");
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Text that can be shown as it is. */
function shown(message: Reply): Reply {
  const safe = (text: string) => short(text).split("\n").map(printable).join("\n");
  if ("output" in message) return { output: safe(message.output) };
  if ("result" in message) return { ...message, result: safe(message.result) };
  if ("error" in message) return { ...message, error: safe(message.error) };
  return message;
}

function short(text: string): string {
  const left = text.length - MOST_SHOWN;
  return left > 0 ? `${text.slice(0, MOST_SHOWN)}\n(${left} characters are left out)` : text;
}
