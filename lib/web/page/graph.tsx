/** @jsxImportSource preact */
/** What was passed to what: services, and an arrow from each to those that it uses. */
import { graphlib, layout } from "@dagrejs/dagre";
import type { ServiceView, Snapshot } from "../../operate/api.ts";
import { hrefOf } from "./route.ts";

const HEIGHT = 40;
/** About as wide as a character is. */
const LETTER = 7.6;
/** More are no picture. */
const MOST = 400;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function Graph({ model: { services } }: { model: Snapshot }) {
  if (services.length > MOST) {
    return <p class="empty">{services.length} services are too many for a picture</p>;
  }
  const { nodes, edges, width, height } = placed(services);
  return (
    <div class="scroll">
      <svg
        role="img"
        aria-label="Services, and what they use"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" class="head" />
          </marker>
        </defs>
        {edges.map(({ name, points }) => (
          <polyline
            key={name}
            class="edge"
            marker-end="url(#arrow)"
            points={points.map(({ x, y }) => `${x},${y}`).join(" ")}
          />
        ))}
        {nodes.map(({ service, x, y, width }) => (
          <a href={hrefOf({ screen: "service", name: service.name })} key={service.name}>
            <g
              class={`node ${service.state}`}
              transform={`translate(${x - width / 2} ${y - HEIGHT / 2})`}
            >
              <rect width={width} height={HEIGHT} rx="6" />
              <text x={width / 2} y="17" class="name">{service.name}</text>
              <text x={width / 2} y="32">{service.state} on {service.host}</text>
            </g>
          </a>
        ))}
      </svg>
    </div>
  );
}

function placed(services: readonly ServiceView[]) {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 48, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = new Set(services.map(({ name }) => name));
  for (const { name, state, host } of services) {
    const letters = Math.max(name.length, state.length + host.length + 4);
    graph.setNode(name, { width: letters * LETTER + 20, height: HEIGHT });
  }
  for (const { name, uses } of services) {
    for (const used of uses) if (names.has(used)) graph.setEdge(name, used);
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: services.map((service) => {
      const { x, y, width } = graph.node(service.name) as Point & { readonly width: number };
      return { service, x, y, width };
    }),
    edges: graph.edges().map((edge: { v: string; w: string }) => ({
      name: `${edge.v} ${edge.w}`,
      points: (graph.edge(edge) as { readonly points: readonly Point[] }).points,
    })),
  };
}
