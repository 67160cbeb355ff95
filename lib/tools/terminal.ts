/**
 * Output for people: colours and progress on a terminal, plain lines anywhere else. A terminal that was
 * closed, or a reader that has gone, ends the output and nothing else: no line throws.
 */

/** What a terminal writes to. */
export type Screen = Pick<typeof Deno.stderr, "writeSync" | "isTerminal">;

/** Where lines for people go; standard output is for results. */
export class Terminal {
  readonly #stream: Screen;
  /** Whether somebody watches: then a line may be drawn over. */
  readonly isTerminal: boolean;
  readonly #colours: boolean;
  #drawn = false;
  #isGone = false;

  constructor(stream: Screen = Deno.stderr) {
    this.#stream = stream;
    this.isTerminal = stream.isTerminal();
    this.#colours = this.isTerminal && !Deno.env.get("NO_COLOR");
  }

  /** A line that stays. */
  say(line: string): void {
    this.#write(`${this.#clear()}${line}\n`);
  }

  /** Whether somebody is there to be asked. */
  get canAsk(): boolean {
    return this.isTerminal && Deno.stdin.isTerminal();
  }

  /** Asks, and waits; anything but "y" or "yes" is a no. */
  async ask(question: string): Promise<boolean> {
    this.#write(`${this.#clear()}${question} [y/N] `);
    const answer = new Uint8Array(256);
    const length = await Deno.stdin.read(answer) ?? 0;
    return /^y(es)?\s*$/i.test(new TextDecoder().decode(answer.subarray(0, length)));
  }

  /** A line that the next one replaces; nothing where nobody watches. */
  draw(line: string): void {
    if (!this.isTerminal) return;
    this.#write(`${this.#clear()}${line}`);
    this.#drawn = true;
  }

  /** Words that went well. */
  good(text: string): string {
    return this.#colour(32, text);
  }

  /** Words that went wrong. */
  bad(text: string): string {
    return this.#colour(31, text);
  }

  /** Words that matter less. */
  dim(text: string): string {
    return this.#colour(2, text);
  }

  /** Words in a colour of ECMA-48, 30 to 37. */
  coloured(colour: number, text: string): string {
    return this.#colour(colour, text);
  }

  #clear(): string {
    const clear = this.#drawn ? "\r\x1b[K" : "";
    this.#drawn = false;
    return clear;
  }

  #colour(code: number, text: string): string {
    return this.#colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  #write(text: string): void {
    if (this.#isGone) return;
    const bytes = new TextEncoder().encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += this.#stream.writeSync(bytes.subarray(at));
    } catch {
      this.#isGone = true;
    }
  }
}

/** A bar of 20 characters. */
export function bar(done: number, total: number): string {
  const filled = total === 0 ? 20 : Math.min(20, Math.floor(done * 20 / total));
  return `[${"#".repeat(filled)}${".".repeat(20 - filled)}]`;
}
