/** Which screen is shown, as the fragment of the address has it. */
import { signal } from "@preact/signals";

export const SCREENS = ["services", "graph", "steps", "events"] as const;
export type Screen = typeof SCREENS[number] | "service";

/** A screen, and the service that it is about. */
export interface Route {
  readonly screen: Screen;
  readonly name?: string;
}

export const route = signal<Route>(read());

addEventListener("hashchange", () => route.value = read());

export function hrefOf({ screen, name }: Route): string {
  return `#${screen}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

function read(): Route {
  const [screen, name] = location.hash.slice(1).split("/");
  if (screen === "service" && name !== undefined) return { screen, name: decodeURIComponent(name) };
  const known = SCREENS.find((each) => each === screen);
  return { screen: known ?? "services" };
}
