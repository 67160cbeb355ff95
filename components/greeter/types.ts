/** What a program and greeter both know. */

export interface GreeterConfig {
  readonly greeting: string;
}

export interface Greeting {
  readonly text: string;
}
