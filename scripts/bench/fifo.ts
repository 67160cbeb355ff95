/** Words of processes, whoever has started them, through a FIFO. */

/** A FIFO with a file of its own. */
export class Fifo implements Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  static async make(path: string): Promise<Fifo> {
    await new Deno.Command("mkfifo", { args: [path] }).output();
    // Open for writing, too, so that there is always somebody who has it open.
    return new Fifo(path, await Deno.open(path, { read: true, write: true }));
  }

  /** The next line that a process writes at once. */
  async line(): Promise<string> {
    const bytes = new Uint8Array(4096);
    const length = await this.#file.read(bytes);
    return new TextDecoder().decode(bytes.subarray(0, length!)).trim();
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
