/** The program that unpacks what was packed for a host: on good pieces, and on all others. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PackedPieces } from "../../lib/packages/packed/pieces.ts";
import { nativePath } from "../../tests/support/native.ts";

const UNPACK = nativePath("unpack");

async function packed(content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const pieces = await Array.fromAsync(new PackedPieces(content), ({ bytes }) => bytes);
  return await new Response(new Blob(pieces as Uint8Array<ArrayBuffer>[])).bytes();
}

const hashOf = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

interface Unpacked {
  readonly code: number;
  readonly content: Uint8Array;
  readonly said: string;
}

async function unpack(
  input: Uint8Array<ArrayBuffer>,
  hash: string,
  command: readonly [string, ...string[]] = [UNPACK],
): Promise<Unpacked> {
  const child = new Deno.Command(command[0], {
    args: [...command.slice(1), hash],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A program that has seen enough does not read the rest.
  const writing = new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await writing;
  return { code, content: stdout, said: new TextDecoder().decode(stderr).trim() };
}

/** Some of it packs well, some not at all. */
function mixture(size: number): Uint8Array {
  const content = new Uint8Array(size);
  for (let i = 0; i < size; i++) content[i] = (i >> 9) % 251;
  for (let at = 0; at < size / 2; at += 65536) {
    crypto.getRandomValues(content.subarray(at, Math.min(at + 65536, size)));
  }
  return content;
}

Deno.test("unpack writes what was packed, in however many pieces", async () => {
  for (const size of [0, 1, 1 << 20, (1 << 20) + 1, 3_500_000]) {
    const content = mixture(size);
    const got = await unpack(await packed(content), hashOf(content));
    assert.deepEqual(
      [got.code, got.said, hashOf(got.content)],
      [0, "", hashOf(content)],
      `${size}`,
    );
  }
});

Deno.test("unpack for the other architecture does the same", async () => {
  const arch = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
  const foreign = nativePath("unpack", arch);
  const content = mixture(100_000);
  const got = await unpack(await packed(content), hashOf(content), [
    `qemu-${arch}-static`,
    foreign,
  ]);
  assert.deepEqual([got.code, got.said, hashOf(got.content)], [0, "", hashOf(content)]);
});

Deno.test("unpack says what is wrong, and ends with 1", async () => {
  const content = mixture(200_000);
  const [good, hash] = [await packed(content), hashOf(content)];
  const says = async (input: Uint8Array<ArrayBuffer>, expected: string, hash_ = hash) => {
    const { code, said } = await unpack(input, hash_);
    assert.deepEqual([code, said], [1, `unpack: ${expected}`]);
  };
  await says(good.slice(0, -1), "what is packed ends too early");
  await says(new Uint8Array(), "what is packed ends too early");
  await says(good, "the file is not what it should be (sha256 differs)", "0".repeat(64));
  await says(good, "the file is not what it should be (sha256 differs)", "short");
  const large = Uint8Array.from([1, 0, 0, 0, 1, 0, 16, 0, 0]);
  await says(large, "what is packed is damaged");
});

Deno.test("unpack says that there is no space left", async () => {
  const content = mixture(200_000);
  const script = 'exec "$0" "$1" >/dev/full';
  const got = await unpack(await packed(content), hashOf(content), ["sh", "-c", script, UNPACK]);
  assert.deepEqual([got.code, got.said], [2, "unpack: there is no space left for the file"]);
});

Deno.test("unpack takes any bytes: it unpacks them or ends with 1", async () => {
  const content = mixture(5000);
  const [good, hash] = [await packed(content), hashOf(content)];
  for (let at = 0; at < good.length; at += 97) {
    const damaged = good.slice();
    damaged[at]! ^= 1 << at % 8;
    const { code, said } = await unpack(damaged, hash);
    assert.deepEqual([code, said.startsWith("unpack: ")], [1, true], `byte ${at}: ${said}`);
  }
});
