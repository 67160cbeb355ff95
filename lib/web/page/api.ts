/** Asking the program, from the page. */
import type {
  Actions,
  EventMessage,
  LogMessage,
  Outcome,
  Problem,
  ServiceDetail,
  Snapshot,
  UsageView,
} from "../../operate/api.ts";

const KEY = "bailiwick-token";

/** The token is in the fragment, which is sent to nobody; it is taken out of the address and the history at once. */
export function takeToken(): void {
  const [, token] = /^#token=([0-9a-f]{64})$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, "", location.pathname);
}

/** What the program refuses, in its words. */
export class Refusal extends Error {}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}` };
  const response = await fetch(`/v1/${path}`, { ...init, headers });
  if (response.ok) return response;
  const said = await response.json().catch(() => undefined) as Problem | undefined;
  throw new Refusal(said?.error ?? `It answers with status ${response.status}`);
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return await (await request(path, init)).json();
}

export const getModel = (): Promise<Snapshot> => json("model");
export const getUsage = (): Promise<Record<string, UsageView>> => json("usage");
export const getService = (name: string): Promise<ServiceDetail> =>
  json(`services/${encodeURIComponent(name)}`);

/** Has something done, and says what came of it. */
export async function act<K extends keyof Actions>(kind: K, asked: Actions[K]): Promise<Outcome> {
  return await json(`actions/${kind}`, { method: "POST", body: JSON.stringify(asked) });
}

/** The events after one, several at once as they come. */
export async function* events(since: number, signal: AbortSignal): AsyncGenerator<EventMessage[]> {
  for await (const lines of pieces(`events?since=${since}`, signal)) {
    const data = lines.filter((line) => line.startsWith("data: "));
    if (data.length > 0) yield data.map((line) => JSON.parse(line.slice("data: ".length)));
  }
}

/** The lines of a service that are kept, and those that come. */
export async function* logs(
  service: string,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<LogMessage[]> {
  const query = `service=${encodeURIComponent(service)}&last=${last}&follow`;
  for await (const lines of pieces(`logs?${query}`, signal)) {
    yield lines.map((line) => JSON.parse(line));
  }
}

async function* pieces(path: string, signal: AbortSignal): AsyncGenerator<string[]> {
  const { body } = await request(path, { signal });
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let next; !(next = await reader.read()).done;) {
    const lines = (rest + next.value).split("\n");
    rest = lines.pop()!;
    if (lines.length > 0) yield lines;
  }
}
