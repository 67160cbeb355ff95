/** What the streams of a connection need of it. */
export interface StreamPort {
  /** Sends a frame of the stream behind all that was written to it. */
  send(stream: number, frame: Uint8Array): void;
  /** Sends a WRITE frame; calls back when it is under way. */
  write(stream: number, pieces: readonly Uint8Array[], onSent: () => void): void;
  /** Calls back when nothing of the stream waits to be sent any more; at once if nothing does. */
  whenSent(stream: number, then: () => void): void;
  /** Bytes that one WRITE should have at most, and that should wait to be sent. */
  readonly piece: number;
  /** The error that a stream ends with when its far side reported this errno. */
  failure(syscall: "read" | "write", errno: number): Error;
}

/** The error of using a stream that was closed here. */
export function closed(): Error {
  return new TypeError("The stream is closed");
}
