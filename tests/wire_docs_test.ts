/** Holds the conversation with an agent, and compares it with `docs/wire.md`. */
import assert from "node:assert/strict";
import { FRAME, type Frame, FrameReader } from "../lib/wire/mod.ts";
import { agentPath, RawAgent } from "./support/raw_agent.ts";

/** Hexadecimal pairs after a direction; three spaces and more separate what they mean. */
const LINE = /^([<>])((?: {1,2}[0-9a-f]{2}(?= |$))+)/;

/** Bytes in one direction, until the direction changes. */
interface Part {
  readonly direction: string;
  readonly bytes: number[];
}

function parts(markdown: string): Part[] {
  const found: Part[] = [];
  for (const line of markdown.split("\n")) {
    const [, direction, pairs] = LINE.exec(line) ?? [];
    if (direction === undefined) continue;
    if (found.at(-1)?.direction !== direction) found.push({ direction, bytes: [] });
    found.at(-1)!.bytes.push(...pairs!.match(/[0-9a-f]{2}/g)!.map((pair) => parseInt(pair, 16)));
  }
  return found;
}

function framesOf(bytes: readonly number[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader();
  reader.push(Uint8Array.from(bytes), (frame) => frames.push(frame));
  assert.ok(reader.atBoundary, "the page has whole frames");
  return frames;
}

/** A frame without what differs from run to run and from kernel to kernel. */
function comparable({ type, id, seq, body }: Frame): unknown {
  const varies: number[] = [FRAME.HELLO, FRAME.CLONED];
  if (varies.includes(type)) return { type, id, seq };
  if (type !== FRAME.ENDED) return { type, id, seq, body };
  return { type, id, seq, instance: body.subarray(0, 8), how: body.subarray(16, 32) };
}

Deno.test({
  name: "docs/wire.md shows what the agent says",
  ignore: Deno.build.arch !== "x86_64",
  fn: async () => {
    const page = await Deno.readTextFile(new URL("../docs/wire.md", import.meta.url));
    const agent = new RawAgent(agentPath("x86_64"), [], { PATH: "/usr/bin:/bin" });
    for (const { direction, bytes } of parts(page)) {
      if (direction === ">") await agent.send(Uint8Array.from(bytes));
      else {
        for (const expected of framesOf(bytes)) {
          const frame = await agent.next(expected.type, expected.id);
          assert.deepEqual(comparable(frame), comparable(expected));
        }
      }
    }
    const { code, failed } = await agent.end();
    assert.equal(code, 1);
    assert.equal(failed, "frame whose length its type does not have");
  },
});
