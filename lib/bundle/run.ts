/** Running another command to its end. @module */

/**
 * Runs a command and gives what it printed on standard output.
 *
 * @throws {Error} If it fails, with the command and what it printed on standard error.
 */
export async function run(command: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (success) return said!;
  throw new Error(`Cannot run ${command} ${args.join(" ")}: ${wrong || "it failed"}`);
}
