/**
 * A byte stream with an agent at its far end. Everything that can carry bytes both ways in order can
 * carry threads: a socketpair, an ssh process, a stream inside another agent's stream.
 */
export interface Transport {
  /**
   * Begins to deliver what arrives. `onBytes` owns each chunk; `onEnd` is called once, with the cause
   * when the stream did not end by itself, and nothing follows it.
   */
  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void;
  /** Sends bytes, which must not be changed afterwards. After the end, does nothing. */
  write(bytes: Uint8Array): void;
  /** Ends both directions, and settles once whatever carried the stream is gone. */
  close(): Promise<void>;
}
