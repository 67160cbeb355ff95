/** Which screen is shown: the part of the address after its `#`, which is never sent. */
import { signal } from "@preact/signals";

/** A screen, and what it is about. */
export interface Route {
  readonly screen: string;
  readonly name: string;
}

function current(): Route {
  const [, screen = "", ...rest] = location.hash.split("/");
  return { screen: screen || "services", name: decodeURIComponent(rest.join("/")) };
}

/** The one that is shown. */
export const route = signal<Route>({ screen: "services", name: "" });

/** The address of a screen. */
export function linkTo(screen: string, name?: string): string {
  return name === undefined ? `#/${screen}` : `#/${screen}/${encodeURIComponent(name)}`;
}

/** Shows a screen. */
export function goTo(screen: string, name?: string): void {
  location.hash = linkTo(screen, name);
}

/** Follows the address. */
export function followAddress(): void {
  const take = () => route.value = current();
  addEventListener("hashchange", take);
  take();
}
