/** The far side sent bytes that break the protocol; the connection cannot go on. */
export class RemoteProtocolError extends Error {
  override readonly name: string = "RemoteProtocolError";
}

/**
 * The agent speaks another version of the protocol than the program.
 *
 * @example
 * ```ts
 * import { localHost, OtherVersionError } from "bailiwick";
 *
 * try {
 *   await using host = await localHost({ standing: { system: "shop", mode: "look" } });
 *   console.log(await host.look());
 * } catch (error) {
 *   if (!(error instanceof OtherVersionError)) throw error;
 *   console.error(`${error.message}: shop hosts upgrade`);
 * }
 * ```
 */
export class OtherVersionError extends RemoteProtocolError {
  override readonly name = "OtherVersionError";
}

/** This side asked for something that no frame can carry, such as a batch that is too large. */
export class LocalProtocolError extends RangeError {
  override readonly name: string = "LocalProtocolError";
}
