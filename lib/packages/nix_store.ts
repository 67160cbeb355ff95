/** Running nix-store(1) on a host. */
import { SIG } from "../abi/mod.ts";
import { type ByteReader, type ByteWriter, SyscallError } from "../agent/mod.ts";
import { type ChildProcess, Command, type ExecOptions, type Thread } from "../thread/mod.ts";

/** Bringing a Nix closure to a host failed; the message says where, and what nix-store printed. */
export class NixError extends Error {
  override readonly name = "NixError";
}

/** Whether a path is in the host's store, whole. One round trip, and the time of nix-store. */
export async function isValid(thread: Thread, path: string): Promise<boolean> {
  await using child = await start(thread, ["--check-validity", path]);
  return (await child.wait()).isClean;
}

/** A path and all that it refers to; what an import needs first comes first. */
export async function closureOf(thread: Thread, path: string): Promise<string[]> {
  return await lines(thread, ["--query", "--requisites", path]);
}

/** Those of the paths that the host does not have. */
export async function missingOf(thread: Thread, paths: readonly string[]): Promise<Set<string>> {
  return new Set(await lines(thread, ["--check-validity", "--print-invalid", ...paths]));
}

/** Compares what lies on the disk with the hashes of the paths. */
export async function verify(thread: Thread, paths: readonly string[]): Promise<void> {
  await using child = await start(thread, ["--verify-path", ...paths]);
  await child.wait();
  await check(child);
}

/** Exports paths on one host and imports them on another. */
export async function move(from: Thread, to: Thread, paths: readonly string[]): Promise<void> {
  const { child: exporting, reader } = await startReading(from, ["--export", ...paths]);
  await using _exporting = exporting;
  using _reader = reader;
  const { child: importing, writer } = await startWriting(to, ["--import"]);
  await using _importing = importing;
  const carried = await Promise.allSettled([carry(reader, writer)]);
  const [exported] = await Promise.all([exporting.wait(), importing.wait()]);
  // An export that nobody reads any more is not to blame.
  if (exported.kind !== "killed" || exported.status !== SIG.PIPE) await check(exporting);
  await check(importing);
  for (const result of carried) if (result.status === "rejected") throw result.reason;
}

/** Ends both streams, however it ends, so that both processes end. */
async function carry(reader: ByteReader, writer: ByteWriter): Promise<void> {
  try {
    for await (const bytes of reader) await writer.write(bytes);
  } finally {
    reader.close();
    await writer.close();
  }
}

async function lines(thread: Thread, args: readonly string[]): Promise<string[]> {
  const { child, reader } = await startReading(thread, args);
  await using _child = child;
  const text = new TextDecoder().decode(await reader.readAll());
  await child.wait();
  await check(child);
  return text.split("\n").filter((line) => line !== "");
}

async function startReading(
  thread: Thread,
  args: readonly string[],
): Promise<{ child: ChildProcess; reader: ByteReader }> {
  const { read, write } = await thread.pipe();
  await using _read = read;
  await using _write = write;
  const child = await start(thread, args, { 1: write });
  return { child, reader: await thread.reader(read) };
}

async function startWriting(
  thread: Thread,
  args: readonly string[],
): Promise<{ child: ChildProcess; writer: ByteWriter }> {
  const { read, write } = await thread.pipe();
  await using _read = read;
  await using _write = write;
  const child = await start(thread, args, { 0: read });
  return { child, writer: await thread.writer(write) };
}

async function start(
  thread: Thread,
  args: readonly string[],
  fds: NonNullable<ExecOptions["fds"]> = {},
): Promise<ChildProcess> {
  const command = new Command("nix-store", args);
  try {
    return await thread.spawn(command, { name: "nix-store", fds });
  } catch (cause) {
    if (!(cause instanceof SyscallError) || cause.code !== "ENOENT") throw cause;
    throw new NixError(
      `Host ${thread.host.name} has no nix-store in its PATH: install Nix there, ` +
        "such as by Debian's package nix-bin",
      { cause },
    );
  }
}

/** @throws {NixError} If it did not end well. */
async function check(child: ChildProcess): Promise<void> {
  const status = child.status!;
  if (status.isClean) return;
  await child.log?.ended;
  const said = child.log?.tail.join("\n") ?? "";
  const { command } = child.execution!;
  throw new NixError(
    `${command.name} ${command.arguments[0]} on host ${child.host.name} ${status}: ${said}`,
  );
}
