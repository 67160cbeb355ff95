/** The connection to an agent. */
export { type BuildOf, buildsOf, ownBuild } from "./build.ts";
export * from "./byte_reader.ts";
export * from "./byte_writer.ts";
export { concat } from "./concat.ts";
export * from "./connection.ts";
export * from "./errors.ts";
export {
  checkUnforeseen,
  Foresight,
  UnforeseenError,
  type UnforeseenOptions,
} from "./foresight.ts";
export { LARGEST_PIECE } from "./link.ts";
export { type AttachMode, ownTenure, Tenure } from "./tenure.ts";
export * from "./threads.ts";
export * from "./transport.ts";
export { conversation } from "./conversation.ts";
export { type RecordedFrame, recorder } from "./recorder.ts";
