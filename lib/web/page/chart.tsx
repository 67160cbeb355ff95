/** Something over time, in a plot. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clockSeconds } from "./format.ts";

/** What is plotted. */
export interface ChartProps {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly format: (value: number) => string;
}

const HEIGHT = 150;

export function Chart({ title, times, values, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const ink = () => getComputedStyle(box.current!).color;
    const axis = { stroke: ink, grid: { stroke: "#8883", width: 1 }, ticks: { show: false } };
    plot.current = new uPlot(
      {
        ...{ width: box.current!.clientWidth, height: HEIGHT, legend: { show: false } },
        cursor: { y: false },
        scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
        axes: [{ ...axis, values: (_, all) => all.map((time) => clockSeconds(time * 1000)) }, {
          ...axis,
          size: 70,
          values: (_, all) => all.map(format),
        }],
        series: [{}, { stroke: "#4c7cf0", fill: "#4c7cf022", width: 1.5, points: { show: false } }],
      },
      [[], []],
      box.current!,
    );
    const watch = new ResizeObserver(([entry]) =>
      plot.current!.setSize({ width: entry!.contentRect.width, height: HEIGHT })
    );
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      plot.current!.destroy();
    };
  }, []);
  useEffect(() => plot.current!.setData([[...times], [...values]]), [times, values]);
  const last = values.at(-1);
  return (
    <figure class="chart">
      <figcaption>
        {title} <b>{last === undefined ? "" : format(last)}</b>
      </figcaption>
      <div ref={box} />
    </figure>
  );
}
