/** A list of which only what is seen is drawn, however long it is. All rows have one height. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Browsers draw nothing beyond about 17 million pixels; a longer list is scrolled faster than the finger. */
const MOST_PIXELS = 8_000_000;
/** Rows that are drawn above and below what is seen. */
const MARGIN = 8;

/** What is listed. */
export interface VirtualProps {
  readonly count: number;
  /** Of a row, in pixels. */
  readonly height: number;
  readonly row: (index: number) => ComponentChildren;
  /** Whether the end stays in sight when rows come, until the reader goes up. */
  readonly follow?: boolean;
  /** Is told when the reader leaves the end, and comes back to it. */
  readonly onFollow?: (follows: boolean) => void;
  /** The row that has to be in sight. */
  readonly focus?: number;
  readonly label: string;
  readonly header?: ComponentChildren;
  readonly class?: string;
}

export function Virtual(props: VirtualProps) {
  const { count, height, row, follow = false, onFollow, focus, label, header } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [view, setView] = useState(600);
  const total = count * height;
  const shown = Math.min(total, MOST_PIXELS);
  const ratio = shown < total ? (total - view) / Math.max(1, shown - view) : 1;

  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setView(entry!.contentRect.height));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (follow) box.current!.scrollTop = box.current!.scrollHeight;
  }, [follow, count, view]);
  useLayoutEffect(() => {
    if (focus === undefined) return;
    const at = focus * height / ratio;
    const { scrollTop } = box.current!;
    if (at < scrollTop) box.current!.scrollTop = at;
    else if (at + 2 * height > scrollTop + view) {
      box.current!.scrollTop = at + 2 * height - view;
    }
  }, [focus]);

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    setTop(scrollTop);
    onFollow?.(scrollTop + clientHeight >= scrollHeight - height);
  };
  const from = top * ratio;
  const first = Math.max(0, Math.floor(from / height) - MARGIN);
  const last = Math.min(count, Math.ceil((from + view) / height) + MARGIN);
  const rows = [];
  for (let index = first; index < last; index++) rows.push(row(index));
  return (
    <div
      class={`virtual ${props.class ?? ""}`}
      ref={box}
      onScroll={onScroll}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      {header}
      <div class="long" style={{ height: `${shown}px` }}>
        <div class="rows" style={{ transform: `translateY(${top + first * height - from}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
