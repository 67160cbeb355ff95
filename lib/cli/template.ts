/** The files of a new system, which stand in `templates/system/`. The name of it takes the place of theirs. */
import { readAsset } from "../assets/mod.ts";

/** What a template calls its system. */
const NAME = "my-system";

const FILES: Readonly<Record<string, URL>> = {
  "README.md": new URL("../../templates/system/README.md", import.meta.url),
  "counter/counter.ts": new URL("../../templates/system/counter/counter.ts", import.meta.url),
  "counter/mod.ts": new URL("../../templates/system/counter/mod.ts", import.meta.url),
  "counter/types.ts": new URL("../../templates/system/counter/types.ts", import.meta.url),
  "main.ts": new URL("../../templates/system/main.ts", import.meta.url),
  "redis/mod.ts": new URL("../../templates/system/redis/mod.ts", import.meta.url),
  "setup.ts": new URL("../../templates/system/setup.ts", import.meta.url),
  "system.ts": new URL("../../templates/system/system.ts", import.meta.url),
  "system_test.ts": new URL("../../templates/system/system_test.ts", import.meta.url),
};

/** The directory that has the templates, whether it is a checkout or the npm package. */
export const LIBRARY: URL = new URL("../../", FILES["main.ts"]);

/**
 * The files of a system, by their paths in it.
 *
 * @throws {AssetError} If the library is not whole.
 */
export async function templateFiles(name: string): Promise<Map<string, string>> {
  const files = Object.entries(FILES).map(async ([path, url]): Promise<[string, string]> => {
    const text = new TextDecoder().decode(await readAsset(url));
    return [path, text.replaceAll(NAME, name)];
  });
  return new Map(await Promise.all(files));
}
