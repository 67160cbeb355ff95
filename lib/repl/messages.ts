/** What a client and a session say to each other: JSON, one message a line. */

/** What a client asks. */
export type Question =
  /** Evaluates code; each is answered by a `result` or an `error`, with `output` before it. */
  | { readonly id: number; readonly evaluate: string }
  /** How a line may go on. */
  | { readonly id: number; readonly complete: string };

/** What a session says. */
export type Reply =
  /** What the client's code has printed. */
  | { readonly output: string }
  | { readonly id: number; readonly result: string }
  | { readonly id: number; readonly error: string }
  /** Words that may stand in the place of the last so many characters. */
  | { readonly id: number; readonly completions: readonly string[]; readonly length: number };
