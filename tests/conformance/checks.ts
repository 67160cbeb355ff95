import type { SystemContext } from "bailiwick/testing";

/** Checks by what they show. */
export type Checks = Readonly<Record<string, (context: SystemContext) => Promise<void>>>;
