/** A mount namespace of a test's own, in which agents are started as a user of a machine whose disks are so. */
import assert from "node:assert/strict";
import { encodeWords, FRAME } from "../../lib/wire/mod.ts";
import { agentPath, RawAgent } from "./raw_agent.ts";
import { attach, greeted, HIGHEST } from "./standing_system.ts";

export class Mounts implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #system = `mounts-${crypto.randomUUID()}`;
  readonly #agents: RawAgent[] = [];
  readonly #users = new Set<number>();

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** @param script Is run in it first; /home is a file system of its own, and so is /var/tmp, both empty. */
  static async make(script: string): Promise<Mounts> {
    const own = "mount -t tmpfs none /home; mount -t tmpfs none /var/tmp; chmod 1777 /var/tmp";
    const child = new Deno.Command("unshare", {
      args: ["-m", "sh", "-ec", `${own}; ${script}\necho; exec sleep infinity`],
      ...{ stdout: "piped", stderr: "inherit" },
    }).spawn();
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    await reader.cancel();
    if (done) throw new Error(`It failed: ${script}`);
    return new Mounts(child);
  }

  /** A path in it, as this process sees it. */
  path(path: string): string {
    return `/proc/${this.#child.pid}/root${path}`;
  }

  /** Where the agent of the system is, below a state's directory. */
  place(state: string): string {
    return `${state}/bailiwick/standing/${Deno.hostname()}/${this.#system}`;
  }

  /** Starts an agent of root, or of another user, whose home is /home. */
  send(uid = 0): RawAgent {
    const inside = ["-t", `${this.#child.pid}`, "-m"];
    const user = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    const args = [...inside, ...user, agentPath("sanitize"), "standing", this.#system];
    const agent = new RawAgent("nsenter", args, { HOME: "/home", XDG_STATE_HOME: "" });
    this.#agents.push(agent);
    this.#users.add(uid);
    return agent;
  }

  /** Ends what stands for a user, if anything does. */
  async #down(uid: number): Promise<void> {
    const agent = this.send(uid);
    const visitor = await greeted(agent).catch(() => undefined);
    if (visitor) {
      assert.equal((await attach(visitor, { generation: HIGHEST })).result, 0);
      await agent.send(encodeWords(FRAME.DOWN, 0, 0, []));
    }
    await agent.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.end()));
    for (const uid of this.#users) await this.#down(uid);
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
