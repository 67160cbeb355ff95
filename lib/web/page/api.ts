/** Asking the program, as the page that it has given its token. */
import type { Actions, EventMessage, LogMessage, Outcome, Problem } from "../../operate/api.ts";

const KEY = "token";

/** The program does not know the page's token: another one has given it. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** Takes the token out of the address, so that it is in no history and is not copied with it. */
export function takeToken(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get(KEY);
  if (given === null) return;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", "#/services");
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}`,
    ...(init.body !== undefined && { "content-type": "application/json" }),
  };
  const response = await fetch(`/v1/${path}`, { ...init, headers, referrerPolicy: "no-referrer" });
  if (response.ok) return response;
  if (response.status === 403) throw new RefusedError("The program does not know this page");
  const said: Problem = await response.json().catch(() => ({ error: "It does not answer" }));
  throw new Error(
    said.nearest === undefined ? said.error : `${said.error}; the nearest is ${said.nearest}`,
  );
}

/** What is at a path of the interface. */
export async function read<T>(path: string): Promise<T> {
  return await (await request(path)).json();
}

/** Does something; settles when it is done. */
export async function act<K extends keyof Actions>(kind: K, asked: Actions[K]): Promise<Outcome> {
  const response = await request(`actions/${kind}`, {
    method: "POST",
    body: JSON.stringify(asked),
  });
  return await response.json();
}

/** The events after the one of a number, those together that come together. */
export async function* eventsAfter(
  number: number,
  signal: AbortSignal,
): AsyncGenerator<EventMessage[]> {
  for await (const lines of linesOf(`events?since=${number}`, signal)) {
    const data = lines.filter((line) => line.startsWith("data: "));
    if (data.length > 0) yield data.map((line) => JSON.parse(line.slice("data: ".length)));
  }
}

/** The log lines after the one of a number, those together that come together; of all services if none is named. */
export async function* logsAfter(
  { service, number }: { service: string | undefined; number: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<LogMessage[]> {
  const query = new URLSearchParams({ follow: "" });
  if (service !== undefined) query.set("service", service);
  if (number !== undefined) query.set("after", `${number}`);
  for await (const lines of linesOf(`logs?${query}`, signal)) {
    if (lines.length > 0) yield lines.map((line) => JSON.parse(line));
  }
}

async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<string[]> {
  const { body } = await request(path, { signal });
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest: string[] = []; // A line may come in many pieces.
  for (let next; !(next = await reader.read()).done;) {
    const lines = next.value.split("\n");
    rest.push(lines[0]!);
    if (lines.length === 1) continue;
    lines[0] = rest.join("");
    rest = [lines.pop()!];
    yield lines;
  }
}
