/** Packages and the store that they are deployed to. */
export { BuiltinPackage, deploy, Package, type PackageSource } from "./package.ts";
export { PackageCorruptError, type PackageContent, type PackageFile, storePath } from "./store.ts";
