/** Programs of their own that tests start and kill. */
import { firstLine } from "./cli.ts";
import { fromFileUrl } from "./urls.ts";

/** What `programs/trading.ts` says of itself. */
export interface Started {
  readonly port: number;
  readonly agent: number;
  readonly temporary: string;
  readonly services: readonly number[];
}

/** A program that runs the example system in a process of its own. */
export class TradingProgram implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly started: Started;
  readonly mark: string;

  private constructor(child: Deno.ChildProcess, started: Started, mark: string) {
    this.child = child;
    this.started = started;
    this.mark = mark;
  }

  /** Starts it and waits until it trades. Every process of it carries `mark` in its environment. */
  static async start(mark: string): Promise<TradingProgram> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", fromFileUrl("../programs/trading.ts")],
      env: { BAILIWICK_TEST: mark },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const line = await firstLine(child.stdout);
    if (line === "") throw new Error(`The program did not start: ${await child.stderr.text()}`);
    return new TradingProgram(child, JSON.parse(line), mark);
  }

  /** kill -9. */
  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Its end, and what it wrote to standard error. */
  async ended(): Promise<{ code: number; stderr: string }> {
    const [{ code }, stderr] = await Promise.all([this.child.status, this.child.stderr.text()]);
    return { code, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill();
    } catch {
      // it has ended
    }
    await this.child.status;
    if (!this.child.stderr.locked) await this.child.stderr.cancel();
  }
}
