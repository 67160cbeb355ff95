/**
 * Verifies the fake: in one conversation it answers as the real agent does, frame for frame, but for
 * pids and times.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { abi } from "../abi/mod.ts";
import {
  BatchEncoder,
  decodeEnded,
  encodeAttach,
  encodeClone,
  encodeWords,
  END,
  FRAME,
  type Frame,
  FrameReader,
  PSEUDO,
  STREAM,
} from "../wire/mod.ts";
import { FakeAgent } from "./fake_agent.ts";

const AGENT = fileURLToPath(
  new URL(`../../dist/native/${Deno.build.arch}/agent`, import.meta.url),
);
const { getpid, pipe2 } = abi(Deno.build.arch).syscalls;
const SIGKILL = 9;

/** A batch that makes a pipe, reads from one end and writes to the other by streams 0 and 1. */
function pipeAndStreams(): BatchEncoder {
  const batch = new BatchEncoder();
  const pipe = batch.room(8);
  batch.call(pipe2, [pipe, 0]);
  batch.call(PSEUDO.STREAM, [{ kind: 3, value: pipe.value }, 0, STREAM.FROM_FD, 100]);
  batch.call(PSEUDO.STREAM, [{ kind: 3, value: pipe.value + 4 }, 1, STREAM.TO_FD, 0]);
  return batch;
}

function batchOf(nr: number): BatchEncoder {
  const batch = new BatchEncoder();
  batch.call(nr, []);
  return batch;
}

/** What the program sends, and the type of the last frame that comes of it. */
const ATTACHMENT = { generation: 1n, program: new Uint8Array(16), window: 2 ** 40, report: 0 };
const CONVERSATION: readonly (readonly [Uint8Array, number])[] = [
  [encodeAttach(7, ATTACHMENT), FRAME.RESULT],
  [batchOf(getpid).finish(1, 1), FRAME.REPLY],
  [encodeClone(1, 2, { child: 5, flags: 0, instance: 7n }), FRAME.CLONED],
  [batchOf(getpid).finish(5, 3), FRAME.REPLY],
  [encodeWords(FRAME.SIGNAL, 5, 4, [SIGKILL, 0]), FRAME.ENDED],
  [encodeWords(FRAME.SIGNAL, 5, 5, [SIGKILL, 0]), FRAME.RESULT],
  [pipeAndStreams().finish(1, 6), FRAME.REPLY],
  [encodeWords(FRAME.WRITE, 1, 0, [0x64636261]), FRAME.DATA],
  [encodeWords(FRAME.CLOSE, 1, 0, []), FRAME.END],
  [encodeWords(FRAME.CLOSE, 0, 0, []), FRAME.END],
];

/** A frame without what differs from run to run: results are reduced to their sign. */
function summary({ type, id, seq, body }: Frame): string {
  const name = Object.entries(FRAME).find(([, value]) => value === type)?.[0];
  if (type === FRAME.HELLO) return `${name}`;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (type === FRAME.ENDED) return `${name} ${id} ${seq}: ${ended(body)}`;
  const head = body.length < 8 ? [...body] : [view.getInt32(0, true), view.getInt32(4, true)];
  const brief = type === FRAME.CLONED ? [head[0]! > 0] : head;
  return `${name} ${id} ${seq} ${body.length}: ${type === FRAME.CREDIT ? "" : brief}`;
}

/** An end without what differs from run to run. */
function ended(body: Uint8Array): string {
  const { instance, kind, status, cause, swept } = decodeEnded(body);
  return `${instance} ${kind} ${status} ${cause} ${swept}`;
}

/** The conversation with the real agent. */
async function real(): Promise<string[]> {
  const child = new Deno.Command(AGENT, { stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const chunks = child.stdout[Symbol.asyncIterator]();
  const reader = new FrameReader();
  const seen: Frame[] = [];
  const until = async (type: number) => {
    const from = seen.length;
    while (!seen.slice(from).some((frame) => frame.type === type)) {
      reader.push((await chunks.next()).value!, (frame) => seen.push(frame));
    }
  };
  await until(FRAME.HELLO);
  for (const [bytes, last] of CONVERSATION) {
    await writer.write(Uint8Array.from(bytes));
    await until(last);
  }
  await writer.close();
  while (!(await chunks.next()).done);
  assert.equal((await child.status).code, 0);
  return seen.map(summary);
}

/** The conversation with the fake, where the test does what the real one does by itself. */
function fake(): string[] {
  const seen: Frame[] = [];
  const reader = new FrameReader();
  const agent = new FakeAgent();
  agent.start((bytes) => reader.push(bytes, (frame) => seen.push(frame)), () => {});
  const answers: ((sent: Frame) => void)[] = [
    (sent) => agent.reply(sent, [4711]),
    (sent) => agent.cloned(sent, 4712),
    (sent) => agent.reply(sent, [4712]),
    (sent) => {
      agent.result(sent, 0);
      agent.ended(5, SIGKILL, END.KILLED);
    },
    (sent) => agent.result(sent, -3),
    (sent) => {
      agent.credit(1, 256 * 1024);
      agent.reply(sent, [0, 0, 0]);
    },
    (sent) => agent.data(0, sent.body),
    () => agent.endStream(1),
    () => agent.endStream(0),
  ];
  agent.hello();
  for (const [index, [bytes]] of CONVERSATION.entries()) {
    agent.write(bytes);
    // The first one is ATTACH, which the fake answers by itself.
    if (index > 0) answers[index - 1]!(agent.received.shift()!);
  }
  return seen.map(summary);
}

Deno.test("FakeAgent answers as the agent does", async () => {
  assert.deepEqual(fake(), await real());
});
