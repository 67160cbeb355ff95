/** Makes `dist/bailiwick-VERSION.tgz`, the npm package of the library, from what was built. */
import { relative } from "node:path/posix";
import { packPackage } from "./pack/npm_package.ts";
import { ROOT } from "./sources.ts";

try {
  const path = await packPackage(`${ROOT}/dist`);
  const { size } = await Deno.stat(path);
  console.log(`Made ${relative(Deno.cwd(), path)}: ${(size / 1e3).toFixed(0)} kB`);
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
