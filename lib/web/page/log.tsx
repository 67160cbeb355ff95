/** @jsxImportSource preact */
/** The lines of a service: searched, followed, copied. Only those that can be seen are in the document. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LogMessage } from "../../operate/api.ts";
import { logs } from "./api.ts";
import { clock } from "./words.ts";

const HIGH = 18;
const AT_ONCE = 80;
const MOST = 1_000_000;
/** Browsers draw nothing farther down than about 17 million pixels. */
const TALLEST = 10_000_000;

interface Line {
  readonly time: string;
  readonly text: string;
}

export function Log({ service }: { service: string }) {
  const all = useRef<Line[]>([]);
  const count = useSignal(0);
  const top = useSignal(0);
  const wanted = useSignal("");
  const follows = useSignal(true);
  const view = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const gone = new AbortController();
    all.current = [];
    void (async () => {
      for await (const some of logs(service, MOST, gone.signal)) {
        for (const message of some) all.current.push(lineOf(message));
        if (all.current.length > MOST) all.current.splice(0, all.current.length - MOST);
        count.value = all.current.length;
      }
    })().catch(() => {});
    return () => gone.abort();
  }, [service]);

  const pattern = wanted.value.toLowerCase();
  const lines = count.value >= 0 && pattern !== ""
    ? all.current.filter(({ text }) => text.toLowerCase().includes(pattern))
    : all.current;
  const height = Math.min(TALLEST, lines.length * HIGH);
  const seen = view.current?.clientHeight ?? 400;
  const part = height <= seen ? 0 : Math.min(1, top.value / (height - seen));
  const most = Math.max(0, lines.length - Math.floor(seen / HIGH));
  const first = follows.value ? Math.max(0, lines.length - AT_ONCE) : Math.round(part * most);
  const shown = lines.slice(first, first + AT_ONCE);

  useEffect(() => {
    if (follows.value && view.current) view.current.scrollTop = view.current.scrollHeight;
  });

  return (
    <section class="log" aria-label={`Log of ${service}`}>
      <div class="bar">
        <input
          type="search"
          placeholder="Search"
          aria-label="Search the log"
          onInput={({ currentTarget }) => wanted.value = currentTarget.value}
        />
        <label>
          <input
            type="checkbox"
            checked={follows.value}
            onChange={({ currentTarget }) => follows.value = currentTarget.checked}
          />{" "}
          follow
        </label>
        <button type="button" onClick={() => navigator.clipboard.writeText(textOf(lines))}>
          Copy
        </button>
        <span class="count">{lines.length} {lines.length === 1 ? "line" : "lines"}</span>
      </div>
      <div
        class="lines"
        tabIndex={0}
        ref={view}
        onWheel={({ deltaY }) => deltaY < 0 && (follows.value = false)}
        onScroll={({ currentTarget }) => top.value = currentTarget.scrollTop}
      >
        <div style={{ height: `${height}px` }}>
          <div
            style={{
              transform: `translateY(${
                follows.value ? Math.max(0, height - shown.length * HIGH) : top.value
              }px)`,
            }}
          >
            {shown.map(({ time, text }, at) => (
              <div class="line" key={first + at}>
                <time>{time}</time> {text}
              </div>
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

function lineOf(message: LogMessage): Line {
  return "missed" in message
    ? { time: "", text: `(${message.missed} lines are not kept any more)` }
    : { time: clock(message.time), text: message.line };
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ text }) => text).join("\n");
}
