/**
 * Bailiwick: a whole distributed system as one program. Components and programs import only this.
 *
 * @module
 */
export * from "./abi/mod.ts";
export * from "./clock/mod.ts";
export * from "./hosts/mod.ts";
export * from "./model/mod.ts";
export * from "./nursery/mod.ts";
export * from "./packages/mod.ts";
export * from "./scripts/mod.ts";
export * from "./service/mod.ts";
export * from "./thread/mod.ts";
export * from "./system/mod.ts";
export {
  ByteReader,
  ByteWriter,
  checkUnforeseen,
  HostError,
  HostLostError,
  OccupiedError,
  SupersededError,
  SyscallError,
  type Transport,
  UnforeseenError,
  type UnforeseenOptions,
  UnknownOutcomeError,
} from "./agent/mod.ts";
export { OtherVersionError, RemoteProtocolError } from "./wire/mod.ts";
