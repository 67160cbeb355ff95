/** A session with the REPL of a program, seen from its client. */
import type { Client } from "../../operate/mod.ts";
import type { Question, Reply } from "../../repl/mod.ts";

/** What came of a line. */
export type Answer = { readonly result: string } | { readonly error: string };

type Numbered = Exclude<Reply, { readonly output: string }>;
type Asked = Question extends infer Q ? Q extends { readonly id: number } ? Omit<Q, "id"> : never
  : never;

/** A session with a running program. */
export class Attached {
  readonly #questions: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Numbered>>();
  #print: (text: string) => void = () => {};
  #count = 0;

  constructor(client: Client, readOnly: boolean) {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#questions = writable.getWriter();
    const path = readOnly ? "repl?readonly" : "repl";
    const replies = client.lines<Reply>(path, { method: "POST", body: readable });
    void this.#read(replies);
  }

  /**
   * Evaluates code in the program.
   *
   * @param print Takes what it prints.
   * @throws {ProgramGoneError} If the program ends first.
   */
  async evaluate(code: string, print: (text: string) => void): Promise<Answer> {
    this.#print = print;
    const { id: _, ...answer } = await this.#ask({ evaluate: code });
    return answer as Answer;
  }

  /** How a line may go on, and how many of its last characters that stands for. */
  async complete(line: string): Promise<[readonly string[], number]> {
    const answer = await this.#ask({ complete: line });
    return "completions" in answer ? [answer.completions, answer.length] : [[], 0];
  }

  async #ask(question: Asked): Promise<Numbered> {
    const id = ++this.#count;
    const waiting = Promise.withResolvers<Numbered>();
    this.#waiting.set(id, waiting);
    const text = `${JSON.stringify({ id, ...question })}\n`;
    this.#questions.write(new TextEncoder().encode(text)).catch(waiting.reject);
    return await waiting.promise;
  }

  async #read(replies: AsyncIterable<Reply>): Promise<void> {
    try {
      for await (const reply of replies) {
        if (!("id" in reply)) this.#print(reply.output);
        else {
          this.#waiting.get(reply.id)?.resolve(reply);
          this.#waiting.delete(reply.id);
        }
      }
    } catch (error) {
      for (const { reject } of this.#waiting.values()) reject(error);
    }
  }
}
