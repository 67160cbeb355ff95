/** Files that belong to modules, and among them the library's own native ones. @module */
export { AssetError, assetStamp, filePath, readAsset } from "./file.ts";
export { type AssetArch, helperPath, readAgent, readNative } from "./native.ts";
export { PACKED_FILES, packedFile } from "./packed.ts";
