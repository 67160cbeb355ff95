/** Bundling modules, and finding the files that they name. @module */
export { bundle, type Bundled, type NamedFile, shown } from "./bundle.ts";
export { bundleOne, type Content, FileNames, readFiles, withoutShebang } from "./files.ts";
export { type Label, labelOf } from "./label.ts";
export { officialDeno, type Runtime } from "./runtime.ts";
export { run } from "./run.ts";
export { originsOf, type SourceMap } from "./source_map.ts";
