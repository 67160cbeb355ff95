/** The far side sent bytes that break the protocol; the connection cannot go on. */
export class RemoteProtocolError extends Error {
  override readonly name: string = "RemoteProtocolError";
}

/** The agent speaks another version of the protocol than the program. */
export class OtherVersionError extends RemoteProtocolError {
  override readonly name = "OtherVersionError";
}

/** This side asked for something that no frame can carry, such as a batch that is too large. */
export class LocalProtocolError extends RangeError {
  override readonly name: string = "LocalProtocolError";
}
