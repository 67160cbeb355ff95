import assert from "node:assert/strict";
import { HeldClock } from "../testing/held_clock.ts";
import { Forward } from "./forward.ts";

/** A listener that cannot accept until it is let. */
class ShortListener {
  readonly addr = { transport: "tcp", hostname: "127.0.0.1", port: 7000 };
  attempts = 0;
  #fails = true;
  #closed = Promise.withResolvers<never>();

  accept(): Promise<Deno.TcpConn> {
    this.attempts++;
    if (!this.#fails) return this.#closed.promise;
    return Promise.reject(new Error("Too many open files (os error 24)"));
  }

  recover(): void {
    this.#fails = false;
  }

  close(): void {
    this.#closed.reject(new Deno.errors.BadResource("closed"));
  }
}

Deno.test("Forward waits longer and longer while nothing can be accepted, and tells of it once", async () => {
  const clock = new HeldClock();
  const listener = new ShortListener();
  const told: Error[] = [];
  const forward = new Forward(
    () => Promise.reject(new Error("not dialled")),
    { onError: (error) => told.push(error) },
    { listener: listener as unknown as Deno.TcpListener, clock },
  );
  await clock.advance(0);
  assert.equal(listener.attempts, 1);
  await clock.advance(10_000);
  assert.ok(listener.attempts >= 5 && listener.attempts <= 15, `${listener.attempts} attempts`);
  assert.equal(told.length, 1);
  assert.match(told[0]!.message, /^Cannot accept connections on 127.0.0.1:7000 for now: Too many/);
  assert.match((told[0]!.cause as Error).message, /os error 24/);
  listener.recover();
  await clock.advance(2000);
  const attempts = listener.attempts;
  await clock.advance(60_000);
  assert.equal(listener.attempts, attempts);
  await forward.close();
  assert.equal(clock.sleeping, 0);
});
