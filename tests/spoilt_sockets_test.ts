/** Services that spoil the socket which is held for them: the next one finds it as it was. */
import assert from "node:assert/strict";
import {
  Command,
  F,
  type FileDescriptor,
  hold,
  type Nursery,
  O,
  SockaddrIn,
  SockaddrUn,
  startService,
  supervise,
  SyscallError,
} from "bailiwick";
import { systemTest, until } from "bailiwick/testing";

/** Does something to its socket, number 4, and ends; afterwards it serves. */
const service = (spoil: string) =>
  new Command("perl", [
    "-e",
    `
use Socket; use Fcntl;
open(my $socket, "+<&=", 4);
if (!-e $ARGV[0]) {
  open(my $mark, ">", $ARGV[0]);
  ${spoil};
  exit 3;
}
while (1) {
  vec(my $ready = "", 4, 1) = 1;
  select($ready, undef, undef, undef);
  accept(my $client, $socket) or next;
  syswrite($client, "served");
}
`,
  ]);

const SPOILS: readonly [what: string, spoil: string, unix: boolean, says: RegExp][] = [
  ["shuts it down", "shutdown($socket, 2)", false, /^it did not listen any more$/],
  [
    "lets only one wait",
    "listen($socket, 1)",
    false,
    /^only 1 connections could wait, and not 128$/,
  ],
  ["has it block", "fcntl($socket, F_SETFL, 0)", false, /^it blocked$/],
  ["crashes in accept", "kill(9, $$)", false, /^nothing$/],
  ["shuts one of Unix down", "shutdown($socket, 2)", true, /^it was shut down$/],
  [
    "removes its path",
    "unlink(unpack_sockaddr_un(getsockname($socket)))",
    true,
    /^its path .* was removed$/,
  ],
];

for (const [what, spoil, isUnix, says] of SPOILS) {
  systemTest(
    `a service that ${what} is started again on a socket as it was`,
    async ({ nursery, host, thread, tmpdir }) => {
      const problems: string[] = [];
      using _ = host.info.model.observe((event) => {
        if (event.kind === "socket-mended") problems.push(...event.problems);
      });
      const address = isUnix
        ? new SockaddrUn(`${tmpdir.join("socket")}`)
        : new SockaddrIn("127.0.0.1", 0);
      let sock!: FileDescriptor;
      await supervise(nursery, "web", async (nursery: Nursery) => {
        sock = await hold(nursery, thread, "http", () => thread.listen(address, 128));
        const command = service(spoil).args(tmpdir.join("mark"));
        await startService(nursery, thread, command, { name: "httpd", fds: { 4: sock } });
      });
      const asked = await sock.getsockname();
      await until("it is served", async () => {
        try {
          await using connection = await host.dial(asked);
          return await new Response(connection.readable as BodyInit).text() === "served";
        } catch (error) {
          if (error instanceof SyscallError) return false; // It is being started again.
          throw error;
        }
      });
      assert.match(problems.join() || "nothing", says);
      assert.equal(await sock.fcntl(F.GETFL) & O.NONBLOCK, O.NONBLOCK);
    },
  );
}
