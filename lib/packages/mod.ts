/** Packages and the store that they are deployed to. */
export { type CopyOptions, copyTree } from "./copy/copy_tree.ts";
export { NotCopyableError } from "./copy/errors.ts";
export { AssetError } from "../assets/mod.ts";
export { type BuiltinFiles, type BuiltinFilesByArch, BuiltinPackage } from "./builtin.ts";
export { deploy, FilesPackage, Package, type PackageSource } from "./package.ts";
export { NixClosure, nixClosure, type NixClosureOptions } from "./nix.ts";
export { NixError } from "./nix_store.ts";
export type { PackageContent, PackageFile, WrittenFile } from "./content.ts";
export { NoStoreError, storePath, type StoreSpace, storeSpace } from "./store.ts";
export { PackedFile } from "./packed/packed.ts";
export { PackageCorruptError } from "./write.ts";
