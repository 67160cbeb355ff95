/** Makes the API reference, `dist/api`. */
import { makeReference } from "./api/reference.ts";
import { allExports } from "./api/symbols.ts";
import { ROOT } from "./sources.ts";

await makeReference(`${ROOT}/dist/api`, await allExports());
console.log("Made dist/api: open dist/api/index.html");
