/** Packages and the store that they are deployed to. */
export { BuiltinPackage, deploy, Package, type PackageSource } from "./package.ts";
export { type PackageContent, PackageCorruptError, type PackageFile, storePath } from "./store.ts";
