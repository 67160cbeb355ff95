/** Files that belong to modules, and among them the library's own native ones. @module */
export { AssetError, assetStamp, checkAsset, filePath, fileUrl, readAsset } from "./file.ts";
export { type AssetArch, HELPER, nativePath, readAgent, readNative } from "./native.ts";
export { EXECUTABLE, executablePath, isExecutable, PACKED_FILES, packedFile } from "./packed.ts";
