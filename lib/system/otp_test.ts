import assert from "node:assert/strict";

/** Each checks its share; a machine with more processors is no faster for it. */
const WORKERS = 2;
const HISTORIES = 100_000;

/** What is wrong with a share of the histories, as a worker has found; empty if nothing is. */
async function checkInWorker(count: number): Promise<string> {
  const url = new URL("./test_histories_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(count);
    });
  } finally {
    worker.terminate();
  }
}

Deno.test("scopes start and stop services by the rules of OTP's supervisors", async () => {
  const shares = Array.from({ length: WORKERS }, () => HISTORIES / WORKERS);
  const problems = await Promise.all(shares.map(checkInWorker));
  assert.deepEqual(problems.filter((problem) => problem !== ""), []);
});
