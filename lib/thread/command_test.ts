import assert from "node:assert/strict";
import { Command } from "./command.ts";

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
  assert.deepEqual(more.arguments, ["--a", "--port", "80", "/tmp/x"]);
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
