import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { Bench, descriptorsOfChildren, packStandIn } from "./testing.ts";

/** The files below a directory. */
async function* walk(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* walk(path);
    else yield path;
  }
}

Deno.test("launcher passes arguments and environment through unchanged", async () => {
  await using bench = await Bench.make();
  const args = ["--help", "", "a b", "--", "-A", "ü"];
  const ran = await bench.run(["report", ...args], { DENO_DIR: "/mine", HOME: "/nowhere" });
  const report = JSON.parse(ran.stdout);
  assert.deepEqual(report.args, ["report", ...args]);
  assert.deepEqual(report.env, {
    PATH: Deno.env.get("PATH"),
    XDG_CACHE_HOME: bench.cacheHome,
    DENO_DIR: "/mine",
    HOME: "/nowhere",
  });
  assert.equal(ran.stderr, "");
});

Deno.test("launcher keeps what editors set out of the runtime, and passes it to the program", async () => {
  await using bench = await Bench.make();
  const trace = `${bench.directory}/trace`;
  const module = `${bench.directory}/required.cjs`;
  await Deno.writeTextFile(module, `require("fs").writeFileSync(${JSON.stringify(trace)}, "");`);
  for (const options of [`--require ${module}`, "--no-such-flag"]) {
    const env = { NODE_OPTIONS: options, NODE_CHANNEL_FD: "9", DENO_V8_FLAGS: "--no-such-flag" };
    const ran = await bench.run(["report"], env);
    assert.equal(ran.stderr, "");
    const report = JSON.parse(ran.stdout);
    for (const [name, value] of Object.entries(env)) assert.equal(report.env[name], value);
    await assert.rejects(Deno.lstat(trace), Deno.errors.NotFound);
  }
});

Deno.test("launcher becomes the program: its process number, its name, no descriptor more", async () => {
  await using bench = await Bench.make();
  const ran = await bench.run(["report"]);
  const report = JSON.parse(ran.stdout);
  assert.equal(report.pid, ran.pid);
  assert.equal(report.comm, "stand-in");
  assert.equal(report.argv0, "stand-in");
  assert.deepEqual(report.childDescriptors, descriptorsOfChildren());
});

Deno.test("launcher passes the exit code through", async () => {
  await using bench = await Bench.make();
  for (const code of [0, 1, 7, 255]) {
    assert.equal((await bench.run(["exit", String(code)])).code, code);
  }
});

Deno.test("launcher passes standard input and output through", async () => {
  await using bench = await Bench.make();
  const command = new Deno.Command(bench.executable, {
    args: ["copy"],
    env: { XDG_CACHE_HOME: bench.cacheHome },
    stdin: "piped",
    stdout: "piped",
  });
  const child = command.spawn();
  const bytes = new Uint8Array(1 << 20).map((_, i) => i * 7);
  const written = new Blob([bytes]).stream().pipeTo(child.stdin);
  const { stdout } = await child.output();
  await written;
  assert.ok(Buffer.from(stdout).equals(bytes));
});

Deno.test("launcher passes signals through", async () => {
  await using bench = await Bench.make();
  for (const [signal, expected] of [["SIGTERM", 9], ["SIGKILL", 137]] as const) {
    const command = new Deno.Command(bench.executable, {
      args: ["wait"],
      env: { XDG_CACHE_HOME: bench.cacheHome },
      stdout: "piped",
    });
    const child = command.spawn();
    const reader = child.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "ready\n");
    child.kill(signal);
    assert.equal((await child.status).code, expected);
    await reader.cancel();
  }
});

Deno.test("launcher runs the same program from a compressed executable", async () => {
  await using bench = await Bench.make(packStandIn({ compress: true }));
  assert.equal((await bench.report()).comm, "stand-in");
  assert.equal(await Deno.readTextFile(`${await bench.unpacked()}/native/x86_64/agent`), "agent");
});

Deno.test("launcher refuses an executable that was cut short or changed", async () => {
  const whole = packStandIn({ compress: false });
  const text = new TextDecoder("latin1").decode(whole);
  const flipped = whole.slice();
  flipped[text.indexOf("childDescriptors: ")]! ^= 1;
  const cases: [Uint8Array, RegExp][] = [
    [whole.subarray(0, -1), /not whole \(its end is missing\): copy it again/],
    [whole.subarray(0, 800_000), /not whole \(its end is missing\): copy it again/],
    [flipped, /damaged \(program\.js\): copy it again/],
  ];
  for (const [bytes, message] of cases) {
    await using bench = await Bench.make(bytes);
    const ran = await bench.run(["report"]);
    assert.match(ran.stderr, message);
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    const left = await Array.fromAsync(walk(bench.cacheHome));
    assert.deepEqual(left.filter((path) => !path.endsWith("/lock")), []);
  }
});
