import { type Milliseconds, seconds } from "../../clock/mod.ts";

/** How long what was told to end may take: a body, its tasks, and what is being made. */
export const PATIENCE: Milliseconds = seconds(10);
