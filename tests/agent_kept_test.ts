/** Outputs of services that a standing agent keeps: it goes on reading them, whoever takes what comes. */
import assert from "node:assert/strict";
import { encodeOutput, encodeWords, FRAME } from "../lib/wire/mod.ts";
import { agentPath, instanceOf, RawAgent } from "./support/raw_agent.ts";
import { ask, keep, StandingSystem, takeOutput } from "./support/standing_system.ts";
import { LINE, NumberReader, WritingService } from "./support/writing_service.ts";
import { EALREADY, EBADF, EBUSY, ENOENT, EOPNOTSUPP, ESRCH } from "./support/errno.ts";

const ROOM = 1 << 20;
const FLOOD = 400_000; // lines
const SERVICE = 2;
const LOG = 20;
const OTHER = 21;

/** A program that has started a service, whose output is a stream and is kept. */
async function kept(
  host: StandingSystem,
  service: WritingService,
  { credit = 1 << 30, room = 0 } = {},
): Promise<{ agent: RawAgent; log: NumberReader }> {
  const agent = await host.next();
  await agent.spawn("x86_64", SERVICE, service.argv, { stream: LOG, credit });
  assert.equal(await keep(agent, SERVICE, [{ stream: LOG, room }]), 0);
  return { agent, log: new NumberReader(agent, LOG, 0) };
}

/** The service's output as a stream; it must begin at a byte. */
async function again(
  agent: RawAgent,
  stream: number,
  { from, begins }: { from?: bigint | "now"; begins: number },
): Promise<NumberReader> {
  const since = agent.received.length;
  assert.equal(await takeOutput(agent, SERVICE, { stream, from: from ?? 0n }), begins);
  return new NumberReader(agent, stream, begins, since);
}

for (const build of ["x86_64", "sanitize"] as const) {
  Deno.test(`agent (${build}) never holds a service up for a program that lets nothing come`, async () => {
    await using service = await WritingService.make();
    await using host = await StandingSystem.make(build);
    const { agent, log } = await kept(host, service, { credit: 0 });
    await service.write(FLOOD);
    await agent.send(encodeWords(FRAME.GRANT, LOG, 0, [1 << 30]));
    await log.read(service.written);
    assert.deepEqual([log.data, log.dropped], [ROOM, service.written - ROOM]);
    await service.write(10);
    await log.read(service.written);
    assert.equal(log.data, ROOM + 10 * LINE);
  });

  Deno.test(`agent (${build}) keeps what was written between programs, and counts what it dropped`, async () => {
    await using service = await WritingService.make();
    await using host = await StandingSystem.make(build);
    let { agent, log } = await kept(host, service);
    for (const lines of [10, FLOOD, 1, ROOM / LINE | 0, 2 * FLOOD]) {
      await service.write(3);
      await log.read(service.written);
      await agent.end();
      const before = service.written;
      await service.write(lines);
      agent = await host.next();
      log = await again(agent, LOG, { begins: before });
      await log.read(service.written);
      assert.equal(log.dropped, Math.max(0, lines * LINE - ROOM));
    }
  });
}

Deno.test("agent never holds a service up for a program that reads nothing", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const { agent, log } = await kept(host, service);
  agent.pause();
  await service.write(FLOOD);
  await service.write(FLOOD);
  agent.resume();
  await log.read(service.written);
  assert.ok(log.data >= ROOM && log.dropped > 0, `${log.data} came, ${log.dropped} did not`);
});

Deno.test("agent keeps as much of an output as it is asked to", async () => {
  for (const room of [1, 4097, 3 * ROOM + 7]) {
    await using service = await WritingService.make();
    await using host = await StandingSystem.make();
    const { agent, log } = await kept(host, service, { credit: 0, room });
    await service.write(FLOOD);
    await agent.send(encodeWords(FRAME.GRANT, LOG, 0, [1 << 30]));
    await log.read(service.written);
    assert.equal(log.data, room);
  }
});

Deno.test("agent goes on keeping an output whose stream was closed, and gives it again", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const { agent, log } = await kept(host, service);
  await service.write(1);
  await log.read(LINE);
  await agent.send(encodeWords(FRAME.CLOSE, LOG, 0, []));
  await agent.next(FRAME.END, LOG);
  await service.write(3);
  const rest = await again(agent, OTHER, { from: 25n, begins: 25 });
  assert.equal((await rest.read(4 * LINE)).data, 15);
  await agent.send(encodeWords(FRAME.CLOSE, OTHER, 0, []));
  await agent.next(FRAME.END, OTHER);
  await service.write(1);
  const now = await again(agent, LOG, { from: "now", begins: 5 * LINE });
  await service.write(1);
  assert.equal((await now.read(6 * LINE)).data, LINE);
});

Deno.test("agent sends no more of a kept output than it was granted", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const { agent, log } = await kept(host, service, { credit: 7 });
  await service.write(2);
  await log.read(7);
  await agent.look();
  assert.equal(
    log.data,
    agent.received.filter(({ id, type }) => id === LOG && type === FRAME.DATA)
      .reduce((sum, { body }) => sum + body.length, 0),
  );
  await agent.send(encodeWords(FRAME.GRANT, LOG, 0, [13]));
  await log.read(2 * LINE);
});

Deno.test("agent tells of a kept service's end after all that it wrote", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const { agent, log } = await kept(host, service);
  await service.write(FLOOD);
  await service.finish();
  await log.read(service.written);
  await agent.next(FRAME.END, LOG);
  assert.deepEqual(await agent.exit(SERVICE), ["exited", 0]);
  const order = agent.received.filter(({ id }) => id === LOG || id === SERVICE).map((f) => f.type);
  assert.ok(order.lastIndexOf(FRAME.DATA) < order.indexOf(FRAME.ENDED));
  assert.equal(await takeOutput(agent, SERVICE, { stream: LOG }), -ESRCH);
});

Deno.test("agent keeps the last lines of a service that has ended until that is acknowledged", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  await kept(host, service).then(({ agent }) => agent.end());
  await service.write(5);
  await service.finish();
  const agent = await host.next();
  const { event } = await agent.ended(SERVICE);
  await (await again(agent, LOG, { begins: 0 })).read(5 * LINE);
  assert.deepEqual([...(await agent.next(FRAME.END, LOG)).body], [0, 0, 0, 0]);
  await agent.send(encodeWords(FRAME.ACK, 0, event, []));
  assert.equal(await takeOutput(agent, SERVICE, { stream: OTHER }), -ESRCH);
});

Deno.test("agent says why it does not keep a service or an output", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const agent = await host.next();
  await agent.spawn("x86_64", SERVICE, service.argv, { stream: LOG });
  const output = { stream: LOG, room: 0 };
  assert.equal(await keep(agent, SERVICE, [output], instanceOf(3)), -ESRCH);
  assert.equal(await keep(agent, 3, [output]), -ESRCH);
  assert.equal(await keep(agent, 1, [], 0n), -ESRCH, "a thread is no service");
  assert.equal(await keep(agent, SERVICE, [output, { stream: OTHER, room: 0 }]), -EBADF);
  assert.equal(await keep(agent, SERVICE, [output, output]), -EBADF);
  assert.equal(await takeOutput(agent, SERVICE, { stream: OTHER }), -ESRCH);
  assert.equal(await keep(agent, SERVICE, [output]), 0);
  assert.equal(await keep(agent, SERVICE, [output]), -EALREADY);
  assert.equal(await takeOutput(agent, SERVICE, { stream: OTHER, output: 1 }), -ENOENT);
  assert.equal(await takeOutput(agent, SERVICE, { stream: OTHER }), -EBUSY, "it has a stream");
  await service.write(1);
  await new NumberReader(agent, LOG, 0).read(LINE);
});

Deno.test("agent gives a kept output no number that is in use", async () => {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const { agent } = await kept(host, service);
  await agent.spawn("x86_64", 3, ["/bin/sleep", "1000"], { stream: OTHER });
  await agent.send(encodeWords(FRAME.CLOSE, LOG, 0, []));
  await agent.next(FRAME.END, LOG);
  assert.equal(await takeOutput(agent, SERVICE, { stream: OTHER }), -EBUSY);
  assert.equal(await takeOutput(agent, SERVICE, { stream: LOG }), 0);
});

Deno.test("agent that does not stand gives no output again", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  const request = { output: 0, stream: LOG, credit: 1, from: 0n };
  assert.equal(await ask(agent, encodeOutput(1, 1, request)), -EOPNOTSUPP);
});
