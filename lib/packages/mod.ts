/** Packages and the store that they are deployed to. */
export { copyTree, NotCopyableError } from "./copy/copy_tree.ts";
export { BuiltinPackage, deploy, Package, type PackageSource } from "./package.ts";
export { type PackageContent, PackageCorruptError, type PackageFile, storePath } from "./store.ts";
