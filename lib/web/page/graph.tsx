/** What was given to what. Scopes are closed while there is too much to see. */
import { Graph as Dagre, layout } from "@dagrejs/dagre";
import { computed, signal } from "@preact/signals";
import type { ServiceView } from "../../operate/api.ts";
import { badness } from "./format.ts";
import { goTo } from "./route.ts";
import { services } from "./store.ts";
import { Search } from "./parts.tsx";

/** Services that are drawn one by one without being asked for. */
const MOST_OPEN = 60;
const MOST_NODES = 250;
const [WIDTH, NODE_HEIGHT, LONGEST] = [200, 44, 22];

interface Node {
  readonly key: string;
  readonly label: string;
  readonly services: ServiceView[];
  /** Whether it is a scope that can be opened. */
  readonly isClosed: boolean;
}

const text = signal("");
const open = signal<ReadonlySet<string>>(new Set());

const drawn = computed(() => {
  const words = text.value.toLowerCase();
  const shown = [...services.value.values()].filter(({ name }) =>
    name.toLowerCase().includes(words)
  );
  const closes = shown.length > MOST_OPEN;
  const keyOf = ({ name, scope }: ServiceView) =>
    closes && scope !== "" && !open.value.has(scope) ? `${scope}/` : name;
  const nodes = new Map<string, Node>();
  const keys = new Map<string, string>();
  for (const service of shown) {
    const key = keyOf(service);
    keys.set(service.name, key);
    const node = nodes.get(key) ??
      { key, label: key, services: [], isClosed: key !== service.name };
    if (nodes.has(key) || nodes.size < MOST_NODES) nodes.set(key, node);
    node.services.push(service);
  }
  const edges = new Map<string, readonly [from: string, to: string]>();
  for (const service of shown) {
    const to = keys.get(service.name)!;
    for (const used of service.uses) {
      const from = keys.get(used);
      if (from === undefined || from === to || !nodes.has(from) || !nodes.has(to)) continue;
      edges.set(JSON.stringify([from, to]), [from, to]);
    }
  }
  return { nodes, edges, left: new Set(keys.values()).size - nodes.size };
});

/** Only what there is makes the places, not how it is. */
const shape = computed(() =>
  JSON.stringify([[...drawn.value.nodes.keys()], [...drawn.value.edges.values()]])
);

const placed = computed(() => {
  const [names, edges]: [string[], [string, string][]] = JSON.parse(shape.value);
  const graph = new Dagre().setGraph({
    rankdir: "LR",
    nodesep: 14,
    ranksep: 64,
    marginx: 20,
    marginy: 20,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of names) graph.setNode(`n${name}`, { width: WIDTH, height: NODE_HEIGHT });
  for (const [from, to] of edges) graph.setEdge(`n${from}`, `n${to}`);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const places = new Map(names.map((name) => {
    const { x, y } = graph.node(`n${name}`) as { x: number; y: number };
    return [name, { x: x - WIDTH / 2, y: y - NODE_HEIGHT / 2 }];
  }));
  const lines = edges.map(([from, to]) => {
    const { points } = graph.edge(`n${from}`, `n${to}`) as { points: { x: number; y: number }[] };
    return { key: JSON.stringify([from, to]), points };
  });
  return { width, height, places, lines };
});

export function Graph() {
  const { nodes, left } = drawn.value;
  const { width, height, places, lines } = placed.value;
  return (
    <section class="screen">
      <div class="tools">
        <Search value={text.value} onInput={(it) => text.value = it} placeholder="Find services" />
        <span class="faint">
          An arrow leads from what is used to what was given it.
          {left > 0 && ` ${left} more are not drawn: search.`}
        </span>
        {open.value.size > 0 && (
          <button type="button" onClick={() => open.value = new Set()}>Close scopes</button>
        )}
      </div>
      <div class="graph" tabIndex={0}>
        <svg width={width} height={height} role="img" aria-label="What was given to what">
          <defs>
            <marker
              id="tip"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0L8 4L0 8z" />
            </marker>
          </defs>
          {lines.map(({ key, points }) => (
            <path key={key} class="edge" d={curve(points)} marker-end="url(#tip)" />
          ))}
          {[...nodes.values()].map((node) => (
            <Box key={node.key} node={node} place={places.get(node.key)!} />
          ))}
        </svg>
      </div>
    </section>
  );
}

function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  for (const [at, { x, y }] of rest.entries()) {
    const before = points[at]!;
    const middle = (before.x + x) / 2;
    path += `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`;
  }
  return path;
}

const CLASSES = ["good", "moving", "out", "bad"] as const;

function Box({ node, place }: { node: Node; place: { x: number; y: number } }) {
  const worst = node.services.toSorted((a, b) => badness(b.state) - badness(a.state))[0]!;
  const choose = () => {
    if (node.isClosed) open.value = new Set([...open.value, worst.scope]);
    else goTo("service", worst.name);
  };
  const label = node.label.length > LONGEST ? `…${node.label.slice(1 - LONGEST)}` : node.label;
  const state = node.isClosed ? `${node.services.length} services, ${worst.state}` : worst.state;
  return (
    <g
      class={`node ${CLASSES[badness(worst.state)]} ${node.isClosed ? "closed" : ""}`}
      transform={`translate(${place.x} ${place.y})`}
      tabIndex={0}
      role="link"
      onClick={choose}
      onKeyDown={(event) => event.key === "Enter" && choose()}
    >
      <title>{node.label}</title>
      <rect width={WIDTH} height={NODE_HEIGHT} rx="8" />
      <circle cx="16" cy="16" r="4.500" />
      <text x="28" y="20">{label}</text>
      <text x="28" y="35" class="sub">{state}</text>
    </g>
  );
}
