/** The native programs of this repository, as they were built. */
import { type Arch, BuiltinPackage } from "bailiwick";
import { fromFileUrl } from "./urls.ts";

/** The path of a built program. */
export function nativePath(name: string, arch: Arch = Deno.build.arch): string {
  return fromFileUrl(`../../dist/native/${arch}/${name}`);
}

/** A package of one built program. */
export function nativePackage(name: string): BuiltinPackage {
  const url = (arch: Arch) => new URL(`file://${nativePath(name, arch)}`);
  return new BuiltinPackage(name, { x86_64: url("x86_64"), aarch64: url("aarch64") });
}
