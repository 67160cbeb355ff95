/**
 * Which build an agent is: the hash of its executable that the linker put into it, NT_GNU_BUILD_ID of
 * elf(5). Program and agent are of one build, so the agent that answers must be the one that this program has.
 */
import { type AssetArch, readAgent } from "../assets/mod.ts";
import { type Hello, hex, RemoteProtocolError } from "../wire/mod.ts";

const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
const GNU = "GNU\0";

/** Tells the build that an architecture's agent must be. */
export type BuildOf = (arch: AssetArch) => Promise<string>;

/** The build of the agent that this program has for an architecture. */
export async function ownBuild(arch: AssetArch): Promise<string> {
  return buildOfAgent(arch, await readAgent(arch));
}

/** The builds of agents that were read before, and are started: files may be built anew meanwhile. */
export function buildsOf(
  agents: readonly { readonly arch: AssetArch; readonly bytes: Uint8Array }[],
): BuildOf {
  return (arch) => {
    const agent = agents.find((each) => each.arch === arch);
    return agent ? Promise.resolve(buildOfAgent(arch, agent.bytes)) : ownBuild(arch);
  };
}

/** @throws {RemoteProtocolError} If the agent is not the one that this program has. */
export async function checkBuild(name: string, hello: Hello, buildOf: BuildOf): Promise<void> {
  const { arch } = hello.host;
  const own = await buildOf(arch);
  if (hello.build === own) return;
  throw new RemoteProtocolError(
    `Cannot use host ${name}: its agent is build ${hello.build}, and this program goes with build ` +
      `${own} (${arch}); start the agent that belongs to this program, or build both anew`,
  );
}

function buildOfAgent(arch: AssetArch, executable: Uint8Array): string {
  const build = buildId(executable);
  if (build !== undefined) return build;
  throw new Error(`The agent for ${arch} has no build id: run deno task build`);
}

/** The build id of a 64-bit little-endian ELF executable, in hexadecimal, if it has one. */
export function buildId(executable: Uint8Array): string | undefined {
  const view = new DataView(executable.buffer, executable.byteOffset, executable.byteLength);
  try {
    const headers = Number(view.getBigUint64(32, true));
    const [size, count] = [view.getUint16(54, true), view.getUint16(56, true)];
    for (let i = 0; i < count; i++) {
      const at = headers + i * size;
      if (view.getUint32(at, true) !== PT_NOTE) continue;
      const [start, length] = [8, 32].map((field) => Number(view.getBigUint64(at + field, true)));
      const found = findNote(executable.subarray(start!, start! + length!));
      if (found) return hex(found);
    }
  } catch (error) {
    // What is no executable, or a cut one, has no build id.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** The description of the build's note, among notes that are aligned to 4 bytes. */
function findNote(notes: Uint8Array): Uint8Array | undefined {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength);
  for (let at = 0; at + 12 <= notes.length;) {
    const [nameLength, length, type] = [0, 4, 8].map((field) => view.getUint32(at + field, true));
    const name = new TextDecoder().decode(notes.subarray(at + 12, at + 12 + nameLength!));
    const start = at + 12 + aligned(nameLength!);
    if (type === NT_GNU_BUILD_ID && name === GNU) return notes.subarray(start, start + length!);
    at = start + aligned(length!);
  }
  return undefined;
}

function aligned(length: number): number {
  return Math.ceil(length / 4) * 4;
}
