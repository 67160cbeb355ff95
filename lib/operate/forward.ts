/** A service's port on this machine, for as long as somebody wants it. */
import { type Sockaddr, SockaddrIn, SockaddrUn } from "../abi/mod.ts";
import { RequestError } from "./problem.ts";
import type { RunningSystem } from "./system.ts";

const utf8 = new TextEncoder();

/**
 * Listens on 127.0.0.1 of this machine, and has connections carried to the service.
 *
 * @param port Of its host; without it the service's own address.
 * @returns One JSON line, `{"port": N}`; it is forwarded until that stream is cancelled.
 * @throws {RequestError} If it has no address, or its host is in no scope.
 */
export function forwardTo(
  system: RunningSystem,
  name: string,
  port: number | undefined,
  localPort: number | undefined,
): ReadableStream<Uint8Array> {
  const { host, address } = system.row(name);
  const found = system.hosts.find((each) => each.name === host);
  if (!found) throw new RequestError(409, `Host ${host} is in no scope, so nothing is forwarded`);
  const to = port === undefined ? addressOf(name, address) : new SockaddrIn("127.0.0.1", port);
  const forward = found.forward(to, localPort === undefined ? {} : { port: localPort });
  return new ReadableStream({
    start(controller) {
      controller.enqueue(utf8.encode(`${JSON.stringify({ port: forward.port })}\n`));
    },
    async cancel() {
      await forward[Symbol.asyncDispose]();
    },
  });
}

/** An address as the model has it, in words. */
function addressOf(name: string, address: string | undefined): Sockaddr {
  const [, at, port] = /^(.*):(\d+)$/.exec(address ?? "") ?? [];
  if (at !== undefined) return new SockaddrIn(at === "0.0.0.0" ? "127.0.0.1" : at, Number(port));
  if (address?.startsWith("/")) return new SockaddrUn(address);
  throw new RequestError(409, `${name} has no address: name a port`);
}
