/** What a running service costs the program and the agent. */
import { atMost, type Group, type Samples } from "./row.ts";

/** Memory. */
export const memory: Group = {
  rows: [
    {
      name: "memory per running service, program and agent",
      unit: "KiB",
      ours: "both",
      reach: atMost(20, "KiB"),
    },
  ],
  async measure(): Promise<Samples> {
    const both: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { program, agent } = await measureOnce();
      both.push(program + agent);
    }
    return { both };
  },
};

/** In a process of its own, where no free memory of other benchmarks is used up first. */
async function measureOnce(): Promise<{ program: number; agent: number }> {
  const script = new URL("memory_process.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", script],
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error("memory_process.ts failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
