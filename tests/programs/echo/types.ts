/** What a program and its service in TypeScript both know. */

/** What the service is told. */
export interface EchoConfig {
  readonly greeting: string;
}

/** What it answers. */
export interface EchoReport {
  readonly greeting: string;
  /** Of a file that came with it. */
  readonly page: string;
  readonly runtime: "deno" | "node";
  /** Why it may not read /etc/passwd, or nothing if it may. */
  readonly refused: string | undefined;
}
