/** The services in the tree of their scopes, what is bad first. */
import type { ScopeView, ServiceView } from "../../operate/api.ts";
import { badness } from "./format.ts";

/** A line of the table. */
export type Row =
  | { readonly kind: "scope"; readonly scope: ScopeView; readonly depth: number }
  | { readonly kind: "service"; readonly service: ServiceView; readonly depth: number };

interface Node {
  readonly scope: ScopeView | undefined;
  readonly services: ServiceView[];
  readonly inner: Node[];
  worst: number;
}

/** @param wants Which services are shown, and the scopes that these are in; else all, and scopes that ask something. */
export function rowsOf(
  services: Iterable<ServiceView>,
  scopes: readonly ScopeView[],
  wants: ((service: ServiceView) => boolean) | undefined,
): Row[] {
  const nodes = new Map<string, Node>();
  const root: Node = { scope: undefined, services: [], inner: [], worst: 0 };
  nodes.set("", root);
  for (const scope of scopes.toSorted((a, b) => a.path < b.path ? -1 : 1)) {
    if (scope.path === "") continue;
    const node: Node = { scope, services: [], inner: [], worst: badness(scope.state) };
    nodes.set(scope.path, node);
    around(nodes, scope.path).inner.push(node);
  }
  for (const service of services) {
    if (!wants || wants(service)) (nodes.get(service.scope) ?? root).services.push(service);
  }
  weigh(root);
  return [...rows(root, 0, wants === undefined)];
}

function around(nodes: ReadonlyMap<string, Node>, path: string): Node {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const node = nodes.get(path.slice(0, end));
    if (node) return node;
  }
  return nodes.get("")!;
}

function weigh(node: Node): number {
  const inner = node.inner.map(weigh);
  const own = node.services.map(weight);
  return node.worst = [...inner, ...own].reduce((a, b) => Math.max(a, b), node.worst);
}

function weight({ state, paused }: ServiceView): number {
  return paused === undefined ? badness(state) : Math.max(1, badness(state));
}

function* rows(node: Node, depth: number, all: boolean): Generator<Row> {
  const { scope } = node;
  if (scope && isEmpty(node, all)) return;
  if (scope) yield { kind: "scope", scope, depth: depth - 1 };
  const inner = [
    ...node.services.map((service) => ({ service, weight: weight(service), name: service.name })),
    ...node.inner.map((each) => ({ node: each, weight: each.worst, name: each.scope!.path })),
  ];
  // What is bad comes first, wherever it is; of the rest services come before scopes.
  inner.sort((a, b) =>
    b.weight - a.weight || Number("node" in a) - Number("node" in b) || order(a.name, b.name)
  );
  for (const each of inner) {
    if ("node" in each) yield* rows(each.node, depth + 1, all);
    else yield { kind: "service", service: each.service, depth };
  }
}

/** @param all Whether those that ask something are shown for that. */
function isEmpty({ scope, services, inner }: Node, all: boolean): boolean {
  if (all && scope!.choices.length > 0) return false;
  return services.length === 0 && inner.every((each) => isEmpty(each, all));
}

const collator = new Intl.Collator("en", { numeric: true });

function order(a: string, b: string): number {
  return collator.compare(a, b);
}
