/**
 * A byte stream with an agent at its far end. Everything that can carry bytes both ways in order can
 * carry threads: a socketpair, an ssh process, a stream inside another agent's stream.
 */
export interface Transport {
  /**
   * Bytes a second that it was seen to carry when it was opened; Infinity for one inside this machine,
   * where nothing ever waits for the link. Undefined if that is not known. Read when the agent's hello is there.
   */
  readonly rate?: number | undefined;
  /**
   * Begins to deliver what arrives. `onBytes` owns each chunk; `onEnd` is called once, with the cause
   * when the stream did not end by itself, and nothing follows it.
   */
  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void;
  /**
   * Sends bytes, which must not be changed afterwards. After the end, does nothing. Settles, never
   * rejecting, once it has passed them on: who writes much waits for that.
   */
  write(bytes: Uint8Array): Promise<void> | void;
  /** Ends both directions, and settles once whatever carried the stream is gone. */
  close(): Promise<void>;
  /** Ends whatever carries the stream at once, without a word to the far side, which does not answer. */
  kill(): void;
}
