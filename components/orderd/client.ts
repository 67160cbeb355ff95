/** A client of anything that speaks orderd's line protocol: an orderd, or a gatewayd in front of some. */

/** The two directions of a connection, as `Deno.connect` gives them. */
export interface Connection {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** The connection ended with orders unanswered: whether those were accepted is not known. */
export class OrdersUnansweredError extends Error {
  override readonly name = "OrdersUnansweredError";
  readonly unanswered: number;

  constructor(unanswered: number, options?: ErrorOptions) {
    super(`The connection ended with ${unanswered} orders unanswered`, options);
    this.unanswered = unanswered;
  }
}

/** The far side is stopping: these orders were not taken, and can be sent again on a new connection. */
export class OrdersNotTakenError extends Error {
  override readonly name = "OrdersNotTakenError";

  constructor(count: number) {
    super(`The far side is stopping: ${count} orders were not taken and can be sent again`);
  }
}

/** With a reason: nobody asked for it with QUIT. */
const GOODBYE = "BYE ";

interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/** Sends orders and takes their answers, which come in the order of the orders. */
export class OrderClient {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting: Waiting[] = [];
  readonly #reading: Promise<void>;
  #over = false;
  #isDismissed = false;

  /** @param connection Owned by the client from now on. */
  constructor(connection: Connection) {
    this.#writer = connection.writable.getWriter();
    this.#reading = this.#read(connection.readable);
  }

  /** A client of what listens at a port, on this machine if no other address is given. */
  static async connect(
    { address = "127.0.0.1", port }: { address?: string; port: number },
  ): Promise<OrderClient> {
    return new OrderClient(await Deno.connect({ hostname: address, port }));
  }

  /**
   * Sends one line, as "BUY ACME 100 10.50", and waits for its answer. Many may be in flight.
   *
   * @throws {OrdersNotTakenError} If the far side says that it stops first.
   * @throws {OrdersUnansweredError} If the connection ends first without that.
   */
  send(line: string): Promise<string> {
    if (this.#isDismissed) return Promise.reject(new OrdersNotTakenError(1));
    if (this.#over) return Promise.reject(new OrdersUnansweredError(0));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#writer.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
    });
  }

  /** Closes after what was sent; settles when the far side has closed too. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(line: string): void {
    if (!line.startsWith(GOODBYE)) return this.#waiting.shift()?.resolve(line);
    this.#isDismissed = true;
    const left = this.#waiting.splice(0);
    for (const { reject } of left) reject(new OrdersNotTakenError(left.length));
  }

  async #read(readable: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    let cause: unknown;
    try {
      for await (const bytes of readable) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
        rest = lines.pop()!;
        for (const line of lines) this.#take(line);
      }
    } catch (error) {
      cause = error;
    }
    this.#over = true;
    const left = this.#waiting.splice(0);
    for (const { reject } of left) reject(new OrdersUnansweredError(left.length, { cause }));
    await this.#writer.abort().catch(() => {});
  }
}
