/** What services write: of one, or of all. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { logsAfter, RefusedError } from "./api.ts";
import { clock, count } from "./format.ts";
import { LogBuffer } from "./log_buffer.ts";
import { Search } from "./parts.tsx";
import { linkTo } from "./route.ts";
import { Virtual } from "./virtual.tsx";

const HEIGHT = 19;
/** Characters of a line that are drawn. */
const LONGEST = 4000;
const MOST_COPIED = 100_000;
/** Milliseconds. */
const RETRY = 500;

/** The screen. */
export function Logs({ name }: { name: string }) {
  return (
    <section class="screen">
      {name !== "" && (
        <h2 class="title">
          Log of <a href={linkTo("service", name)}>{name}</a>
        </h2>
      )}
      <LogView service={name === "" ? undefined : name} />
    </section>
  );
}

/** Lines with their tools. */
export function LogView({ service }: { service: string | undefined }) {
  const buffer = useMemo(() => new LogBuffer(), [service]);
  const [query, setQuery] = useState("");
  const [isPattern, setIsPattern] = useState(false);
  const [follows, setFollows] = useState(true);
  const [copied, setCopied] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    void fill(buffer, service, stop.signal);
    return () => stop.abort();
  }, [buffer]);
  const pattern = useMemo(() => patternOf(query, isPattern), [query, isPattern]);
  useEffect(() => buffer.search(pattern instanceof RegExp ? pattern : undefined), [
    pattern,
    buffer,
  ]);
  void buffer.version.value;
  const copy = async () => {
    await navigator.clipboard.writeText(buffer.text(MOST_COPIED));
    setCopied(`${count(Math.min(buffer.count, MOST_COPIED))} lines copied`);
  };
  const found = pattern instanceof RegExp ? pattern : undefined;
  const row = (index: number) => (
    <Line key={index} {...buffer.at(index)} found={found} isOfAll={service === undefined} />
  );
  return (
    <div class="logs">
      <div class="tools">
        <Search value={query} onInput={setQuery} placeholder="Search lines" />
        <label>
          <input
            type="checkbox"
            checked={isPattern}
            onChange={(event) => setIsPattern(event.currentTarget.checked)}
          />{" "}
          pattern
        </label>
        <button type="button" aria-pressed={follows} onClick={() => setFollows(!follows)}>
          Follow
        </button>
        <button type="button" onClick={copy}>Copy</button>
        <span class="faint" role="status">
          {pattern === "wrong" ? "This is no pattern" : said(buffer)} {copied}
        </span>
      </div>
      <Virtual
        count={buffer.count}
        height={HEIGHT}
        row={row}
        follow={follows}
        onFollow={setFollows}
        label="Lines"
        class="lines"
      />
    </div>
  );
}

function said(buffer: LogBuffer): string {
  const all = `${count(buffer.total)} lines`;
  const shown = buffer.count === buffer.total ? all : `${count(buffer.count)} of ${all}`;
  const gone = buffer.missed > 0 ? `, ${count(buffer.missed)} are not kept any more` : "";
  return `${shown}${gone}${buffer.isSearched ? "" : ", searching"}`;
}

async function fill(
  buffer: LogBuffer,
  service: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const lines = logsAfter({ service, number: buffer.last }, signal);
      for await (const messages of lines) buffer.add(messages);
    } catch (error) {
      if (error instanceof RefusedError) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

function patternOf(query: string, isPattern: boolean): RegExp | "wrong" | undefined {
  if (query === "") return undefined;
  try {
    return new RegExp(isPattern ? query : query.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "i");
  } catch {
    return "wrong";
  }
}

interface LineProps {
  readonly line: string;
  readonly time: string;
  readonly service: string;
  readonly found: RegExp | undefined;
  readonly isOfAll: boolean;
}

function Line({ line, time, service, found, isOfAll }: LineProps) {
  const text = line.length > LONGEST ? line.slice(0, LONGEST) : line;
  return (
    <div class="line">
      <time title={time}>{clock(time)}</time>
      {isOfAll && <a class={`of hue${hue(service)}`} href={linkTo("logs", service)}>{service}</a>}
      <span>{found ? marked(text, found) : text}</span>
      {line.length > LONGEST && (
        <em>{count(line.length - LONGEST)} more characters: copy has all</em>
      )}
    </div>
  );
}

/** The first match is marked. */
function marked(text: string, found: RegExp) {
  const match = found.exec(text);
  if (!match || match[0] === "") return text;
  const end = match.index + match[0].length;
  return [text.slice(0, match.index), <mark key="mark">{match[0]}</mark>, text.slice(end)];
}

function hue(name: string): number {
  let sum = 0;
  for (let at = 0; at < name.length; at++) sum = (sum * 31 + name.charCodeAt(at)) % 997;
  return sum % 8;
}
