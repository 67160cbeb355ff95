/** Running another command to its end. @module */

/**
 * Runs a command in `cwd` and gives what it printed on standard output.
 *
 * @param failure What to say, before the command's own words, when it fails.
 * @throws {Error} If it fails, or there is no such command.
 */
export async function run(
  failure: string,
  [command, ...args]: readonly [string, ...string[]],
  cwd: string,
): Promise<string> {
  const [env, stdin] = [{ NO_COLOR: "1" }, "null"] as const;
  const ended = new Deno.Command(command, { args, cwd, env, stdin }).output();
  const { success, code, stdout, stderr } = await ended.catch((cause) => {
    throw new Error(`${failure}: ${command} cannot be run: ${(cause as Error).message}`, { cause });
  });
  const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (success) return said!;
  throw new Error(`${failure}: ${withoutBacktrace(wrong!) || `${command} exited with ${code}`}`);
}

/** What deno adds to each error is for those who mend deno. */
function withoutBacktrace(text: string): string {
  return text.replace(/\n+Stack backtrace:\n[^]*$/, "").replace(/^error: /, "");
}
