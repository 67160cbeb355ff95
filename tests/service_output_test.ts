/** What services print: whole, apart, and harmless. */
import assert from "node:assert/strict";
import { Command, localHost, monitor, Nursery, ServiceError, SIG, startService } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { fromFileUrl } from "./support/urls.ts";
import { FOREVER, start } from "./support/services.ts";

/** A shell that has said this when it is ready. */
function saying(word: string): Command {
  return new Command("sh", ["-c", `echo ${word}; echo >&3; exec 3>&-; ${FOREVER}`]);
}

systemTest("output is whole when wait() settles", async ({ thread }) => {
  const command = new Command("seq", ["1", "40"]);
  for (let round = 0; round < 50; round++) {
    const child = await thread.spawn(command);
    await child.wait();
    assert.equal(child.log!.tail.length, 40);
  }
});

Deno.test("two services of one name have two logs, and an error says which it is of", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using host = await localHost({ logDirectory: directory });
    const running = Nursery.run(async (nursery) => {
      const first = await start(nursery, host.thread, "twin", saying("first"));
      const second = await start(nursery, host.thread, "twin", saying("second"));
      assert.notEqual(first.instance, second.instance);
      await second.kill(SIG.KILL);
      await second.ended;
      return second;
    });
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof ServiceError);
      assert.match(error.message, new RegExp(`instance ${error.instance.toString(16)}`));
      assert.deepEqual(error.lastLines, ["second"]);
      return true;
    });
    const files = Array.from(Deno.readDirSync(directory), ({ name }) => name).toSorted();
    assert.equal(files.length, 2);
    const texts = files.map((name) => Deno.readTextFileSync(`${directory}/${name}`));
    const words = texts.map((text) => text.trim().split(" ").at(-1));
    assert.deepEqual(words.toSorted(), ["first", "second"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("names and output that would act on a terminal are made visible", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using host = await localHost({ logDirectory: directory });
    await Nursery.run(async (nursery) => {
      const evil = "evil\x1b[2J\u202e";
      const script = `printf 'a\\033[31m\\n'; echo >&3; exec 3>&-; ${FOREVER}`;
      const service = await start(nursery, host.thread, evil, new Command("sh", ["-c", script]));
      assert.equal(service.path, "evil\\e[2J\\u202e");
      await service.stop();
      assert.deepEqual(service.log!.tail, ["a\\e[31m"]);
      await service.log!.ended;
    });
    for (const { name } of Deno.readDirSync(directory)) assert.doesNotMatch(name, /[^ -~]/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a flood of output loses no line, and slows nobody but its service", async () => {
  const directory = await Deno.makeTempDir();
  const LINES = 240_000;
  try {
    await using host = await localHost({ logDirectory: directory });
    const flood = await host.thread.spawn(new Command("seq", ["1", `${LINES}`]), { name: "flood" });
    await flood.wait();
    await flood.log!.ended;
    let lines = 0;
    for (const { name } of Deno.readDirSync(directory)) {
      lines += Deno.readTextFileSync(`${directory}/${name}`).trimEnd().split("\n").length;
    }
    assert.equal(lines, LINES);
    assert.equal(host.info.model.linesDropped("flood"), 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("22 MB/s of output grow the program by 64 MiB at the most", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const program = fromFileUrl("../programs/flood.ts");
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, directory],
      stderr: "inherit",
    });
    const { stdout } = await child.output();
    const [growth, dropped] = new TextDecoder().decode(stdout).trim().split(" ").map(Number);
    assert.ok(growth! <= 64, `It grew by ${growth} MiB`);
    assert.equal(dropped, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

systemTest(
  "names of nurseries and services cannot act on a terminal",
  async ({ nursery, thread }) => {
    await Nursery.run(async (inner) => {
      const command = new Command("sleep", ["infinity"]);
      const options = { name: "b\x1b[2J" };
      const started = await startService(inner, thread, command, options);
      const watched = monitor(inner, await thread.spawn(command, options));
      assert.deepEqual([started.path, watched.path], Array(2).fill("a\\e[31m/b\\e[2J"));
      for (const service of [started, watched]) await service.stop();
    }, { within: nursery, name: "a\x1b[31m" });
  },
);
