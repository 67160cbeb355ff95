/** The prompt of `attach`: a line editor with completion and history. */
import { Terminal } from "../../tools/mod.ts";
import type { Attached } from "./attached.ts";

const HISTORY = 1000;
const LEAVE = /^\s*\.exit\s*$/;
/** What V8 says of code that is not at its end. */
const UNFINISHED = /^SyntaxError: (Unexpected end of input|missing \) after|Unterminated template)/;

/** Evaluates what is typed, until somebody leaves. */
export async function typed(session: Attached, system: string): Promise<void> {
  const terminal = new Terminal(Deno.stdout);
  const history = await History.of(system);
  const prompt = `${system}> `;
  // Not imported: a bundle would load it with every command.
  const lines = process.getBuiltinModule("node:readline").createInterface({
    ...{ input: process.stdin, output: process.stdout, terminal: terminal.isTerminal, prompt },
    ...{ history: [...history.lines], historySize: HISTORY, removeHistoryDuplicates: true },
    completer: (line: string, done: (error: null, found: [string[], string]) => void) => {
      session.complete(line).then(([words, length]) => {
        done(null, [[...words], line.slice(line.length - length)]);
      }, () => done(null, [[], ""]));
    },
  });
  if (terminal.isTerminal) terminal.say(terminal.dim(".exit or Ctrl-D leaves, help says more"));
  let [begun, isOver] = ["", false];
  lines.once("close", () => isOver = true);
  lines.on("SIGINT", () => {
    if (begun === "" && lines.line === "") lines.close();
    begun = "";
    lines.setPrompt(prompt);
    lines.prompt();
  });
  lines.prompt();
  for await (const line of lines) {
    if (LEAVE.test(line)) break;
    const code = begun + line;
    begun = "";
    if (code.trim() !== "") {
      const answer = await session.evaluate(code, (text) => terminal.say(text));
      if ("error" in answer && UNFINISHED.test(answer.error)) begun = `${code}\n`;
      else {
        await history.add(code);
        terminal.say("error" in answer ? terminal.bad(answer.error) : answer.result);
      }
    }
    if (isOver) continue; // There may be lines that were read before that.
    lines.setPrompt(begun === "" ? prompt : "... ");
    lines.prompt();
  }
  lines.close();
}

/** What was typed before, for this user alone; lines that begin with a space are left out. */
class History {
  readonly #path: string;
  readonly #lines: string[];

  private constructor(path: string, lines: string[]) {
    this.#path = path;
    this.#lines = lines;
  }

  static async of(system: string): Promise<History> {
    const home = Deno.env.get("XDG_STATE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.local/state`;
    const path = `${home}/bailiwick/history-${system}`;
    const text = await Deno.readTextFile(path).catch(() => "");
    return new History(path, text.split("\n").filter((line) => line !== "").slice(-HISTORY));
  }

  /** The last first, as readline has them. */
  get lines(): readonly string[] {
    return this.#lines.toReversed();
  }

  async add(code: string): Promise<void> {
    if (code.startsWith(" ")) return;
    this.#lines.push(code.replaceAll(/\s*\n\s*/g, " "));
    try {
      await Deno.mkdir(this.#path.slice(0, this.#path.lastIndexOf("/")), {
        recursive: true,
        mode: 0o700,
      });
      const text = `${this.#lines.slice(-HISTORY).join("\n")}\n`;
      await Deno.writeTextFile(this.#path, text, { mode: 0o600 });
    } catch {
      // It is a convenience.
    }
  }
}
