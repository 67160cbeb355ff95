/** What front and its component both know. */

/** Where front gets its answers from. */
export interface FrontConfig {
  readonly hostname: string;
  readonly port: number;
}

/** What front answers, as JSON. */
export interface Answer {
  readonly greeting: string;
}

/** The descriptor of the socket that front serves on. */
export const LISTEN = 4;
