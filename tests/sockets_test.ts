/** Socket activation: what a service finds of the sockets that it is given. */
import assert from "node:assert/strict";
import { Command, SockaddrIn, type Thread } from "bailiwick";
import { systemTest } from "bailiwick/testing";

const SHOW = new Command("sh", [
  "-c",
  'test "$LISTEN_PID" = $$ && echo "mine: $LISTEN_FDS $LISTEN_FDNAMES"; ls /proc/$$/fd',
]);

async function listen(thread: Thread) {
  return await thread.listen(new SockaddrIn("127.0.0.1", 0));
}

systemTest("sockets are given with their number, their names and whom they are for", async (
  { thread },
) => {
  await using http = await listen(thread);
  await using admin = await listen(thread);
  const both = await thread.run(SHOW, { sockets: { http, admin } });
  assert.deepEqual(both.lines, ["mine: 2 http:admin", "0", "1", "2", "3", "4"]);
  const list = await thread.run(SHOW, { sockets: [admin], fds: { 5: http } });
  assert.deepEqual(list.lines, ["mine: 1 unknown", "0", "1", "2", "3", "5"]);
  const none = await thread.run(SHOW, { sockets: {} });
  assert.deepEqual(none.lines, ["0", "1", "2"]);
  const cloned = await thread.clone();
  await using inherited = cloned.inherit(http);
  const executed = await cloned.exec(SHOW, { sockets: { inherited } });
  await executed.wait();
  assert.equal(executed.log!.tail[0], "mine: 1 inherited");
});

systemTest("sockets refuse what sd_listen_fds(3) could not tell", async ({ thread }) => {
  await using http = await listen(thread);
  for (const name of ["", "a:b", "a\nb", "x".repeat(256)]) {
    await assert.rejects(thread.spawn(SHOW, { sockets: { [name]: http } }), /A socket's name is/);
  }
  const twice = thread.spawn(SHOW, { sockets: { http }, fds: { 3: http } });
  await assert.rejects(twice, /Descriptor 3 is named twice/);
});
