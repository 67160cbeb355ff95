/** Asking a program that runs a system, through its socket. */
import {
  type Actions,
  API,
  type EventMessage,
  type Outcome,
  type Problem,
  type ProgramView,
  type ServiceDetail,
  type Snapshot,
  type UsageView,
} from "./api.ts";
import { ProgramGoneError, ProgramSilentError, RequestError } from "./problem.ts";
import { pidOf, socketsOf } from "./socket.ts";

/** What a running program is asked by. Disposing ends the streams that it has. */
export class Client implements Disposable {
  readonly #http: Deno.HttpClient;

  /** @param path That of its socket. */
  constructor(path: string) {
    this.#http = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  }

  /**
   * The last begun of the programs that run a system; undefined if there is none that this user can ask.
   *
   * @param pid Of the only program that is meant.
   * @throws {ProgramSilentError} If there is one, and none that answers.
   */
  static async find(system: string, pid?: number): Promise<Client | undefined> {
    const paths = await socketsOf(system);
    const meant = paths.filter((path) => pid === undefined || path.endsWith(`/${pid}.sock`));
    let silent: string | undefined;
    for (const path of meant) {
      const client = new Client(path);
      const signal = AbortSignal.timeout(PATIENCE);
      if (await client.raw("", { signal }).then(isAnswer, () => false)) return client;
      client[Symbol.dispose]();
      if (signal.aborted) silent ??= path;
    }
    if (silent !== undefined) throw new ProgramSilentError(pidOf(silent));
    return undefined;
  }

  async program(): Promise<ProgramView> {
    return await this.#json("");
  }

  async model(): Promise<Snapshot> {
    return await this.#json("model");
  }

  /** What services use, by their names. */
  async usage(): Promise<Readonly<Record<string, UsageView>>> {
    return await this.#json("usage");
  }

  /** @throws {RequestError} If there is no such service. */
  async service(name: string): Promise<ServiceDetail> {
    return await this.#json(`services/${encodeURIComponent(name)}`);
  }

  /**
   * Does something; settles when it is done.
   *
   * @throws {RequestError} If it makes no sense, or is refused as things are.
   * @throws {Error} If it was begun, and has failed.
   */
  async act<K extends keyof Actions>(kind: K, asked: Actions[K]): Promise<Outcome> {
    return await this.#json(`actions/${kind}`, { method: "POST", body: JSON.stringify(asked) });
  }

  /** The events after the one of this number, or from now on; until the program ends. */
  async *events(since?: number, signal?: AbortSignal): AsyncGenerator<EventMessage> {
    const query = since === undefined ? "" : `?since=${since}`;
    const texts = this.#texts(`events${query}`, signal ? { signal } : {});
    for await (const line of linesOf(texts)) {
      if (line.startsWith(DATA)) yield JSON.parse(line.slice(DATA.length));
    }
  }

  /** Asks for JSON lines, those together that come together. */
  async *pieces<T>(path: string, init: RequestInit = {}): AsyncGenerator<T[]> {
    let rest = "";
    for await (const text of this.#texts(path, init)) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      if (lines.length > 0) yield lines.map((line) => JSON.parse(line));
    }
  }

  /** Asks for JSON lines, as they come. */
  async *lines<T>(path: string, init: RequestInit = {}): AsyncGenerator<T> {
    for await (const piece of this.pieces<T>(path, init)) yield* piece;
  }

  /**
   * Asks for anything, by its path below the version.
   *
   * @throws {RequestError} If it makes no sense, or is refused as things are.
   */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`http://localhost/${API}/${path}`, {
      ...init,
      client: this.#http,
    });
    if (response.ok) return response;
    const { error, nearest }: Problem = await response.json();
    const { status } = response;
    if (status === 400 || status === 403 || status === 404 || status === 409) {
      throw new RequestError(status, error, nearest);
    }
    throw new Error(error);
  }

  /**
   * Asks for anything, and gives the answer as it is, also if that is a refusal.
   *
   * @throws {ProgramGoneError} If there is none.
   */
  async raw(path: string, init: RequestInit = {}): Promise<Response> {
    const url = `http://localhost/${API}/${path}`;
    return await fetch(url, { ...init, client: this.#http }).catch(gone);
  }

  /** @throws {ProgramGoneError} If it is cut off. */
  async *#texts(path: string, init: RequestInit): AsyncGenerator<string> {
    const { body } = await this.request(path, init);
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (let next; !(next = await reader.read().catch(gone)).done;) yield next.value;
    } finally {
      await reader.cancel().catch(() => {}); // It may have been cut off.
    }
  }

  async #json<T>(path: string, init?: RequestInit): Promise<T> {
    return await (await this.request(path, init)).json();
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }
}

/** Milliseconds in which a program says that it is there. */
const PATIENCE = 2000;

async function isAnswer(response: Response): Promise<boolean> {
  await response.body?.cancel();
  return response.ok;
}

/** What stands before the data of a server-sent event; here that is always in one line. */
const DATA = "data: ";

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of texts) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** What fetch fails with says little. */
function gone(cause: unknown): never {
  throw cause instanceof TypeError ? new ProgramGoneError({ cause }) : cause;
}
