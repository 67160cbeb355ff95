/** Running another command to its end. @module */

/** What a command printed, and whether it succeeded. */
export interface Outcome {
  success: boolean;
  stdout: string;
  stderr: string;
}

/** Runs a command with the output captured; past `deadline` milliseconds it is killed and has failed. */
export async function attempt(
  command: string,
  args: string[],
  options: { cwd?: string; deadline?: number } = {},
): Promise<Outcome> {
  const { deadline, ...rest } = options;
  const signal = deadline === undefined ? {} : { signal: AbortSignal.timeout(deadline) };
  const child = new Deno.Command(command, {
    args,
    ...rest,
    ...signal,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const output = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { success: output.success, stdout: text(output.stdout), stderr: text(output.stderr) };
}

/**
 * Runs a command and gives what it printed on standard output.
 *
 * @throws {Error} If it fails, with the command and what it printed on standard error.
 */
export async function run(command: string, args: string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await attempt(
    command,
    args,
    cwd === undefined ? {} : { cwd },
  );
  if (!success) {
    throw new Error(`Cannot run ${command} ${args.join(" ")}: ${stderr || "it failed"}`);
  }
  return stdout;
}
