import assert from "node:assert/strict";
import { Command } from "./command.ts";
import { fakeThread } from "./fake_host.ts";

Deno.test("Command quotes its line for a POSIX shell", async () => {
  const words = [
    "plain",
    "--flag=1",
    "a b",
    "it's",
    "",
    "$HOME",
    "`x`",
    "ü",
    "new\nline",
    "*",
    "~",
  ];
  const line = `${new Command("printf", ["%s\\0", ...words])}`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", line] }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
  assert.equal(`${new Command("/bin/echo", ["-n", "a b"])}`, "/bin/echo -n 'a b'");
});

Deno.test("Command.args() and env() leave the command as it was", () => {
  const plain = new Command("orderd", ["--a"]);
  const more = plain.args("--port", 80, { toString: () => "/tmp/x" }).env({ A: "1" });
  assert.deepEqual(plain.arguments, ["--a"]);
  assert.deepEqual(plain.environment, {});
  assert.deepEqual(more.argv, ["orderd", "--a", "--port", "80", "/tmp/x"]);
  assert.equal(more.arguments[2], 80);
  assert.deepEqual(more.env({ B: "2" }).environment, { A: "1", B: "2" });
});

Deno.test("Command.name is the executable's file name", () => {
  assert.equal(new Command("/usr/sbin/sshd").name, "sshd");
  assert.equal(new Command("sh").name, "sh");
});

Deno.test("Command() throws without an executable", () => {
  assert.throws(() => new Command(""), RangeError);
});

Deno.test("candidates() looks names up in PATH, and paths nowhere", () => {
  const sh = new Command("sh");
  assert.deepEqual(sh.candidates({ PATH: "/usr/bin:/bin" }), ["/usr/bin/sh", "/bin/sh"]);
  assert.deepEqual(sh.candidates({ PATH: "/a::/b/" }), ["/a/sh", "sh", "/b/sh"]);
  assert.deepEqual(sh.candidates({}), ["/usr/local/bin/sh", "/usr/bin/sh", "/bin/sh"]);
  assert.deepEqual(new Command("./sh").candidates({ PATH: "/bin" }), ["./sh"]);
});

Deno.test("environmentOn() adds to the host's environment, replaces and removes", () => {
  const command = new Command("env", [], { A: "command", B: undefined, C: "" });
  const host = { A: "host", B: "host", D: "x=y" };
  assert.deepEqual(command.environmentOn(host), ["A=command", "D=x=y", "C="]);
});

Deno.test("Command takes numbers and paths, and keeps them until it is executed", async () => {
  const { thread } = await fakeThread();
  const path = thread.path("/srv/x");
  const command = new Command(path.join("bin"), ["--x", path, 80, 2n ** 60n], { DATA: path });
  assert.deepEqual(command.argv, ["/srv/x/bin", "--x", "/srv/x", "80", `${2n ** 60n}`]);
  assert.equal(command.arguments[1], path);
  assert.deepEqual(command.environmentOn({}), ["DATA=/srv/x"]);
  assert.deepEqual(new Command(thread.path("tool")).candidates({ PATH: "/bin" }).map(String), [
    "tool",
  ]);
});

Deno.test("Command names the place of what is missing or has no text", () => {
  const undefinedArgument = undefined as unknown as string;
  assert.throws(() => new Command("redis-server", ["--x", undefinedArgument]), {
    name: "TypeError",
    message: "Argument 2 of redis-server is undefined: it must be text, a number or a path",
  });
  assert.throws(() => new Command("/usr/bin/redis-server").args("--x").args(undefinedArgument), {
    name: "TypeError",
    message: /^Argument 2 of redis-server is undefined/,
  });
  assert.throws(() => new Command("x", [{}]), /^TypeError: Argument 1 of x is an object without/);
  assert.throws(() => new Command("x", [NaN]), /^TypeError: Argument 1 of x is NaN/);
  assert.throws(() => new Command("x", [new Uint8Array(2)]), /^TypeError: .* is a list/);
  assert.throws(() => new Command("x", [null as unknown as string]), TypeError);
  assert.throws(() => new Command(undefinedArgument), /^TypeError: The executable of a command/);
});

Deno.test("Command refuses what the kernel would take for something else", () => {
  for (const name of ["", "A=B", "A\0B"]) {
    assert.throws(() => new Command("x", [], { [name]: "1" }), RangeError);
  }
  assert.throws(() => new Command("x", ["a\0b"]), RangeError);
  assert.throws(() => new Command("x").env({ A: "a\0b" }), RangeError);
});

Deno.test("Command as JSON is the same for equal commands, and tells types apart", async () => {
  const { thread } = await fakeThread();
  const make = (environment: Record<string, string>) =>
    JSON.stringify(new Command("x", [1, "1", thread.path("/a")], environment));
  assert.equal(make({ A: "1", B: "2" }), make({ B: "2", A: "1" }));
  assert.equal(
    make({ A: "1" }),
    '{"executable":"x","arguments":[1,"1",{"path":"/a"}],"environment":{"A":"1"}}',
  );
});
