/** What the program tells the service. */
export interface CounterConfig {
  /** The path of Redis' socket. */
  readonly redis: string;
}

/** What the service answers. */
export interface Visit {
  readonly visitor: number;
}
