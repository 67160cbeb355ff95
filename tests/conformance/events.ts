import assert from "node:assert/strict";
import { CLOCK, Command, EFD, EPOLL, IN, POLL, SIG } from "bailiwick";
import type { Checks } from "./checks.ts";

/** Long enough for any host to be told, in milliseconds. */
const PATIENCE = 20_000;

export const eventChecks: Checks = {
  "epoll tells what happened to whom": async ({ thread }) => {
    await using epoll = await thread.epollCreate();
    const { read, write } = await thread.pipe();
    await epoll.epollCtl("add", read, EPOLL.IN);
    await epoll.epollCtl("add", write, EPOLL.OUT, 2 ** 40);
    assert.deepEqual(await epoll.epollWait(), [{ events: EPOLL.OUT, data: 2 ** 40 }]);
    await write.writeAll("x");
    const both = (await epoll.epollWait(8, 0)).sort((a, b) => a.data - b.data);
    assert.deepEqual(both.map(({ data }) => data), [read.number, 2 ** 40]);
    await epoll.epollCtl("delete", write);
    await epoll.epollCtl("modify", read, EPOLL.IN | EPOLL.ONESHOT, 7);
    assert.deepEqual(await epoll.epollWait(1), [{ events: EPOLL.IN, data: 7 }]);
    assert.deepEqual(await epoll.epollWait(1, 0), []);
    await assert.rejects(epoll.epollCtl("add", read, EPOLL.IN), { code: "EEXIST" });
    await assert.rejects(epoll.epollWait(0), RangeError);
    await thread.batch((b) => [read, write].forEach((fd) => b.close(fd)));
  },
  "epoll watches what the same batch makes": async ({ thread }) => {
    const { events, number } = await thread.batch((b) => {
      const epoll = b.epollCreate();
      const counter = b.eventfd(1);
      b.epollCtl(epoll, "add", counter, EPOLL.IN);
      const events = b.epollWait(epoll);
      b.close(epoll);
      const number = b.fcntl(counter, 0, 300);
      b.close(counter);
      return { events, number };
    });
    assert.deepEqual(events.map(({ events }) => events), [EPOLL.IN]);
    await thread.adopt(number).close();
  },
  "inotify tells what happened in a directory": async ({ thread, tmpdir }) => {
    await using watcher = await thread.inotifyInit();
    const watch = await watcher.inotifyAddWatch(tmpdir, IN.CREATE | IN.CLOSE_WRITE | IN.MOVE_SELF);
    const files = await watcher.inotifyAddWatch(tmpdir, IN.MASK_ADD | IN.MOVED_FROM | IN.MOVED_TO);
    assert.equal(files, watch);
    await thread.writeFile(tmpdir.join("a file"), "x");
    await thread.rename(tmpdir.join("a file"), tmpdir.join("moved"));
    const events = await watcher.inotifyRead();
    assert.deepEqual(events.map(({ mask, name }) => [mask, name]), [
      [IN.CREATE, "a file"],
      [IN.CLOSE_WRITE, "a file"],
      [IN.MOVED_FROM, "a file"],
      [IN.MOVED_TO, "moved"],
    ]);
    assert.ok(events.every((event) => event.watch === watch));
    assert.equal(events[2]!.cookie, events[3]!.cookie);
    await watcher.inotifyRmWatch(watch);
    const [ignored] = await watcher.inotifyRead();
    assert.deepEqual([ignored!.mask, ignored!.name], [IN.IGNORED, undefined]);
  },
  "a timer expires, and says how often": async ({ thread }) => {
    await using child = await thread.clone();
    await using timer = await child.timerfdCreate(CLOCK.MONOTONIC);
    await timer.timerfdSettime({ initial: PATIENCE, interval: 500 });
    const { initial, interval } = await timer.timerfdGettime();
    assert.ok(initial > 0 && initial <= PATIENCE);
    assert.equal(interval, 500);
    await timer.timerfdSettime({ initial: 1, interval: 1 });
    assert.ok(await timer.timerfdRead() >= 1);
    await timer.timerfdSettime({});
    assert.deepEqual(await timer.timerfdGettime(), { initial: 0, interval: 0 });
    await using clock = await child.timerfdCreate(CLOCK.REALTIME);
    await clock.timerfdSettime({ initial: 1, absolute: true });
    assert.equal(await clock.timerfdRead(), 1);
  },
  "signals come as what can be read": async ({ thread }) => {
    await using child = await thread.clone();
    await child.sigmask([SIG.USR1, SIG.INT]);
    await using signals = await child.signalfd([SIG.USR1, SIG.INT]);
    await child.process.kill(SIG.INT);
    const [first] = await signals.signalfdRead();
    assert.equal(first!.signal, SIG.INT);
    const pid = await child.getpid();
    await child.kill(pid, SIG.USR1);
    const [second] = await signals.signalfdRead();
    assert.deepEqual([second!.signal, second!.pid], [SIG.USR1, pid]);
  },
  "an eventfd counts": async ({ thread }) => {
    await using counter = await thread.eventfd(2);
    await counter.eventfdWrite(40);
    assert.equal(await counter.eventfdRead(), 42n);
    await using semaphore = await thread.eventfd(2, EFD.SEMAPHORE | EFD.NONBLOCK);
    assert.equal(await semaphore.eventfdRead(), 1n);
    assert.equal(await semaphore.eventfdRead(), 1n);
    await assert.rejects(semaphore.eventfdRead(), { code: "EAGAIN" });
    await assert.rejects(counter.eventfdWrite(-1), RangeError);
  },
  "a descriptor of a process tells its end, and signals nobody else": async ({ thread }) => {
    const child = await thread.spawn(new Command("sleep", ["1000"]));
    await using process = await thread.pidfdOpen(child.pid);
    assert.deepEqual(await thread.poll([{ fd: process, events: POLL.IN }], 0), [0]);
    await process.pidfdSendSignal(SIG.KILL);
    assert.equal(`${await child.wait()}`, "killed by SIGKILL");
    // Newer kernels say POLL.HUP with it.
    const [ended] = await thread.poll([{ fd: process, events: POLL.IN }], PATIENCE);
    assert.equal(ended! & POLL.IN, POLL.IN);
    await assert.rejects(process.pidfdSendSignal(SIG.TERM), { code: "ESRCH" });
  },
};
