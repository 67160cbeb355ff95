/** A machine for tests that is rebooted: all processes are gone at once, and what is on its disk is there. */
import { commandHost, type Host, type Model } from "bailiwick";

/** A PID namespace of this machine, in which a host that stands is reached by a shell. */
export class RebootedMachine implements AsyncDisposable {
  readonly #state: string;
  #running: { readonly child: Deno.ChildProcess; readonly init: number } | undefined;

  private constructor(state: string) {
    this.#state = state;
  }

  static async start(): Promise<RebootedMachine> {
    const machine = new RebootedMachine(await Deno.makeTempDir({ prefix: "rebooted-" }));
    await machine.boot();
    return machine;
  }

  /** A directory that is there after a reboot, too. */
  get disk(): string {
    return this.#state;
  }

  async boot(): Promise<void> {
    const script = "echo; sleep infinity & wait";
    const child = new Deno.Command("unshare", {
      args: ["-m", "-p", "-f", "--kill-child=KILL", "--mount-proc", "sh", "-c", script],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const children = await Deno.readTextFile(`/proc/${child.pid}/task/${child.pid}/children`);
    this.#running = { child, init: Number(children) };
  }

  /** It loses its power. */
  async stop(): Promise<void> {
    const { child, init } = this.#running!;
    this.#running = undefined;
    Deno.kill(init, "SIGKILL");
    await child.status;
  }

  /** Connects to it, if it runs. */
  async connect(model: Model, signal: AbortSignal): Promise<Host> {
    if (!this.#running) throw new Error("It has no power");
    const inside = ["nsenter", "-t", `${this.#running.init}`, "-m", "-p"];
    const argv = [...inside, "env", `XDG_STATE_HOME=${this.#state}`, "sh"];
    return await commandHost(argv, { name: "machine", standing: "rebooted", model, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) await this.stop();
    await Deno.remove(this.#state, { recursive: true });
  }
}
