/**
 * How many connections are being made to one address at once. A default sshd refuses some of more than
 * ten that have not authenticated yet (MaxStartups 10:30:100).
 */
const MOST = 8;

class Queue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= MOST) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  get idle(): boolean {
    return this.#running === 0;
  }
}

const queues = new Map<string, Queue>();

/** Runs `connect` when fewer than 8 others are under way to the same address. */
export async function limited<T>(address: string, connect: () => Promise<T>): Promise<T> {
  let queue = queues.get(address);
  if (!queue) queues.set(address, queue = new Queue());
  try {
    return await queue.run(connect);
  } finally {
    if (queue.idle) queues.delete(address);
  }
}
