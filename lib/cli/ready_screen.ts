/** What `up` prints when all is ready. */
import type { Model } from "../model/mod.ts";
import { type Progress, scopeTable, serviceLines, serviceTable } from "../tools/mod.ts";
import type { Ready } from "./system.ts";

/** One line of JSON. */
export function readyLine({ json }: Ready, { services }: Model): string {
  return JSON.stringify({ ...json, services: serviceLines(services) });
}

/** Tables for people; `goodbye` says what Ctrl-C does. */
export function readyScreen(
  { text }: Ready,
  model: Model,
  progress: Progress,
  took: string,
  goodbye: string,
): string {
  const tables = [serviceTable(model.services), scopeTable(model.scopes), progress.summary()];
  const more = text === undefined ? "" : ` ${text}`;
  const shown = tables.filter((table) => table !== "").join("\n\n");
  return `\n${shown}\n\nAll ready in ${took}.${more}\n${goodbye}`;
}
