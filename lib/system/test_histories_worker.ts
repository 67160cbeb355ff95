/** Checks its share of random histories, and posts what is wrong; nothing is an empty text. */
import { checkHistories } from "./test_histories.ts";

const worker = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

worker.onmessage = async ({ data }: MessageEvent<number>) => {
  try {
    await checkHistories(data);
    worker.postMessage("");
  } catch (error) {
    worker.postMessage((error as Error).message);
  }
};
