/**
 * A large file that is packed on its way, and unpacked on the host by a small program that is sent before
 * it. That hashes what it writes, and ends with 0 only if it is what was meant, so that nothing is read
 * back.
 */
import { createHash } from "node:crypto";
import { O } from "../../abi/mod.ts";
import type { Path, Thread } from "../../thread/mod.ts";
import { BuiltinPackage } from "../builtin.ts";
import type { WrittenFile } from "../content.ts";
import { deploy } from "../package.ts";
import { UnusablePlaceError } from "../places.ts";
import { PackageCorruptError } from "../write.ts";
import { PackedPieces } from "./pieces.ts";

const unpackPackage = new BuiltinPackage("unpack", {
  x86_64: new URL("../../../dist/native/x86_64/unpack", import.meta.url),
  aarch64: new URL("../../../dist/native/aarch64/unpack", import.meta.url),
});

/** The status of the program when the file cannot be written there, as for want of space. */
const UNWRITABLE = 2;

/** A file of a package. What it holds is read again if it is needed later than it was used last. */
export class PackedFile implements WrittenFile {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly sha256: string;
  readonly #load: () => Promise<Uint8Array>;
  #pieces: WeakRef<PackedPieces>;

  private constructor(
    { path, mode, load }: { path: string; mode: number; load: () => Promise<Uint8Array> },
    content: Uint8Array,
  ) {
    this.path = path;
    this.mode = mode;
    this.size = content.length;
    this.sha256 = createHash("sha256").update(content).digest("hex");
    this.#load = load;
    this.#pieces = new WeakRef(new PackedPieces(content));
  }

  /** @param load Gives its content, the same each time. */
  static async make(
    path: string,
    mode: number,
    load: () => Promise<Uint8Array>,
  ): Promise<PackedFile> {
    return new PackedFile({ path, mode, load }, await load());
  }

  /** For the library: what is sent of it. It stays packed as long as somebody holds it. */
  async pieces(): Promise<PackedPieces> {
    const kept = this.#pieces.deref();
    if (kept) return kept;
    const pieces = new PackedPieces(await this.#load());
    this.#pieces = new WeakRef(pieces);
    return pieces;
  }

  async write(thread: Thread, place: Path, moved: (bytes: number) => void): Promise<void> {
    const pieces = await this.pieces();
    const unpack = (await deploy(thread, unpackPackage)).bin("unpack").args(this.sha256);
    const flags = O.CREAT | O.EXCL | O.WRONLY | O.NOFOLLOW;
    await using file = await thread.open(place, flags, 0o600);
    const input = told(pieces, moved);
    const { status, stderr } = await thread.run(unpack, {
      input,
      fds: { 1: file },
      anyStatus: true,
    });
    if (!status.isClean) {
      const why = stderr.trimEnd().replaceAll("\n", "; ") || `unpack ${status}`;
      const isRefused = status.kind === "exited" && status.status === UNWRITABLE;
      if (isRefused) throw new UnusablePlaceError(`${place}: ${why}`);
      throw new PackageCorruptError(`Cannot write ${place} on host ${thread.host.name}: ${why}`);
    }
    await thread.batch((b) => {
      b.fchmod(file, this.mode);
      b.fsync(file);
    });
  }
}

/** The pieces; each is told when it was taken. */
async function* told(
  pieces: PackedPieces,
  moved: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes, size } of pieces) {
    yield bytes;
    moved(size);
  }
}
