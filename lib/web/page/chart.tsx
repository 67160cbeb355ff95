/** @jsxImportSource preact */
/** What a service has used since the page was opened. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Reading, readings } from "./store.ts";

const SIZE = { width: 420, height: 120 };

export function Charts({ service }: { service: string }) {
  const read = readings.value.get(service) ?? [];
  return (
    <div class="charts">
      <Chart title="Processor, %" read={read} value={busy} />
      <Chart title="Memory, MB" read={read} value={({ memory }) => memory / 1e6} />
    </div>
  );
}

interface ChartOptions {
  readonly title: string;
  readonly read: readonly Reading[];
  readonly value: (reading: Reading, before: Reading | undefined) => number;
}

function Chart({ title, read, value }: ChartOptions) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data: uPlot.AlignedData = [
    read.map(({ time }) => time),
    read.map((each, at) => value(each, read[at - 1])),
  ];
  useEffect(() => {
    const stroke = getComputedStyle(document.body).color;
    const axis = { stroke, grid: { stroke: "#8884", width: 1 }, size: 44 };
    const series = [{}, { label: title, stroke: "#2a7de1", width: 1.5, fill: "#2a7de122" }];
    const options = { ...SIZE, title, series, axes: [axis, axis], legend: { show: false } };
    plot.current = new uPlot(options, data, place.current!);
    return () => plot.current?.destroy();
  }, []);
  useEffect(() => plot.current?.setData(data), [read]);
  return <div ref={place} />;
}

function busy({ cpu, time }: Reading, before: Reading | undefined): number {
  return before ? Math.max(0, (cpu - before.cpu) / 10 / (time - before.time)) : 0;
}
