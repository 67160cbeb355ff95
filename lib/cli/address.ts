/** Where something listens, as a command line has it. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly hostname: string;
  readonly port: number;
}
