/** Running this machine's tools. */

/** What a tool printed and how it ended. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool to its end, whatever that is. */
export async function output(argv: readonly string[], input = ""): Promise<Output> {
  const [tool, ...args] = argv as [string, ...string[]];
  const child = new Deno.Command(tool, { args, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const ended = child.output();
  const writer = child.stdin.getWriter();
  // A tool that ends without reading breaks the pipe; its status tells the rest.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await ended;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Runs a tool that must succeed, and returns what it printed.
 *
 * @throws {Error} If it ends with another status than 0.
 */
export async function run(argv: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await output(argv, input);
  if (code === 0) return stdout;
  throw new Error(`Cannot run ${argv.join(" ")}: status ${code}: ${stderr.trim()}`);
}
