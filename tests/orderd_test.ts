/** The article's test of orderd, and what orderd promises to its clients. */
import assert from "node:assert/strict";
import { AF, SOCK, SockaddrIn } from "bailiwick";
import { type SystemContext, systemTest } from "bailiwick/testing";
import { Database, OrderClient, type Orderd, startOrderd } from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";
import { startExampled } from "../components/exampled/mod.ts";

async function setUp({ nursery, thread, tmpdir }: SystemContext): Promise<Orderd> {
  // make a TCP socket, bind it to a random port on localhost, and start listening
  const sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.bind(new SockaddrIn("127.0.0.1", 0));
  await sock.listen(1024);
  return await startOrderd(
    nursery,
    thread,
    await startPositiond(nursery, thread, tmpdir.join("positiond")),
    sock,
    await Database.make(thread, tmpdir.join("db")),
  );
}

function portOf({ address }: Orderd): { port: number } {
  assert.ok("port" in address);
  return address;
}

systemTest("orderd accepts and rejects orders", async (context) => {
  const orderd = await setUp(context);
  await using client = await OrderClient.connect(portOf(orderd));
  assert.equal(await client.send("BUY ACME 100 10.50"), "ACCEPT 1");
  assert.equal(await client.send("SELL ACME 5 9.99"), "ACCEPT 2");
  for (const bad of ["BUY", "HOLD ACME 1 1", "BUY ACME 0 1", "BUY ACME 1 -1", "BUY acme 1 1", ""]) {
    assert.match(await client.send(bad), /^REJECT .+/);
  }
  assert.equal(await client.send("BUY ACME 1 1"), "ACCEPT 3");
});

systemTest("exampled works in its directory", async ({ nursery, thread, tmpdir }) => {
  const exampled = await startExampled(nursery, thread, tmpdir.join("exampled"));
  const names = (await thread.readDirectory(exampled.workdir)).map(({ name }) => name);
  assert.ok(names.length > 0);
});
