/** What saves of a program that watches its sources cost. */

const PROGRAM = new URL("./saves_program.ts", import.meta.url).pathname;

/** Bytes of memory that each of so many saves costs for good, of a program of 77 KB; every second is broken. */
export async function growthPerSave(saves: number): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-saves-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", PROGRAM, directory, `${saves}`],
      stderr: "piped",
    }).output();
    const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (!success) throw new Error(`The program that is saved has failed: ${wrong}`);
    return Number(said);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
