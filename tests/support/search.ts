/** Looking for bytes in all the places where a process of this machine may have left them. */
import { Buffer } from "node:buffer";

/** The processes in whose command line or environment the bytes are, and where. */
export async function processesWith(bytes: Uint8Array): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await pids()) {
    for (const file of ["cmdline", "environ"]) {
      const content = await Deno.readFile(`/proc/${pid}/${file}`).catch(() => new Uint8Array());
      if (holds(content, bytes)) found.push(`/proc/${pid}/${file}`);
    }
  }
  return found;
}

/** What this machine calls a process of another PID namespace in whose environment these bytes are. */
export async function pidHere(pid: number, bytes: Uint8Array): Promise<number> {
  for (const file of await processesWith(bytes)) {
    const here = Number(file.split("/")[2]);
    const status = await Deno.readTextFile(`/proc/${here}/status`);
    if (new RegExp(`^NSpid:.*\\s${pid}$`, "m").test(status)) return here;
  }
  throw new Error(`No process here is ${pid} elsewhere`);
}

async function pids(): Promise<number[]> {
  const entries = await Array.fromAsync(Deno.readDir("/proc"));
  return entries.map(({ name }) => Number(name)).filter((pid) => pid > 0);
}

/** Whether the memory that a process can write to has the bytes. */
export async function memoryHolds(pid: number, bytes: Uint8Array): Promise<boolean> {
  const maps = await Deno.readTextFile(`/proc/${pid}/maps`);
  using memory = await Deno.open(`/proc/${pid}/mem`);
  for (const [, from, to] of maps.matchAll(/^(\w+)-(\w+) rw/gm)) {
    const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)];
    await memory.seek(start, Deno.SeekMode.Start);
    if (holds(await readAll(memory, Number(end - start)), bytes)) return true;
  }
  return false;
}

async function readAll(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  let at = 0;
  // A mapping may have pages that cannot be read, such as those beyond the end of its file.
  for (let read: number | null = 0; at < length; at += read ?? 0) {
    read = await file.read(all.subarray(at)).catch(() => null);
    if (!read) break;
  }
  return all.subarray(0, at);
}

/** The files below directories that have the bytes; what cannot be read as a file has none. */
export async function filesWith(directories: readonly string[], bytes: Uint8Array) {
  const found: string[] = [];
  for (const directory of directories) {
    for await (const { name, isFile, isDirectory } of Deno.readDir(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory) found.push(...await filesWith([path], bytes));
      else if (isFile && holds(await Deno.readFile(path), bytes)) found.push(path);
    }
  }
  return found;
}

function holds(content: Uint8Array, bytes: Uint8Array): boolean {
  return Buffer.from(content.buffer, content.byteOffset, content.length).indexOf(bytes) >= 0;
}
