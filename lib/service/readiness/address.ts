/** Addresses as people write them. Names are not resolved: a host's agent has no resolver. */
import { inetSockaddr, type Sockaddr, SockaddrUn } from "../../abi/mod.ts";

const LOCALHOST = "127.0.0.1";
const HTTP_PORT = 80;

/**
 * The address that text means: IP and port, or the path of a Unix socket.
 *
 * @throws {TypeError} If it means none.
 */
export function addressOf(address: Sockaddr | string): Sockaddr {
  if (typeof address !== "string") return address;
  if (address.startsWith("/")) return new SockaddrUn(address);
  const [, host, port] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined) {
    throw new TypeError(
      `An address is HOST:PORT or the absolute path of a Unix socket, not ${
        JSON.stringify(address)
      }`,
    );
  }
  return ipAddress(host, Number(port), address);
}

/** Where a request goes, and what it asks for. */
export interface HttpTarget {
  readonly address: Sockaddr;
  readonly host: string;
  readonly path: string;
}

/**
 * What a URL or an address means.
 *
 * @param path What is asked for at an address.
 * @throws {TypeError} If it is no URL of plain HTTP whose host is an IP address or localhost.
 */
export function targetOf(target: Sockaddr | string | URL, path: string | undefined): HttpTarget {
  if (typeof target !== "string" && !(target instanceof URL)) {
    const host = target instanceof SockaddrUn ? "localhost" : `${target}`;
    return { address: target, host, path: checkPath(path ?? "/") };
  }
  if (path !== undefined) throw new TypeError(`A URL has its path: give none beside ${target}`);
  const url = URL.parse(`${target}`);
  if (url?.protocol !== "http:") {
    throw new TypeError(
      `A probe asks by plain HTTP, as http://127.0.0.1:8080/health, not ${target}: ` +
        "for TLS give a command, such as curl",
    );
  }
  const port = url.port === "" ? HTTP_PORT : Number(url.port);
  const address = ipAddress(url.hostname, port, `${target}`);
  return { address, host: url.host, path: url.pathname + url.search };
}

function ipAddress(host: string, port: number, whole: string): Sockaddr {
  try {
    return inetSockaddr(host === "localhost" ? LOCALHOST : host, port);
  } catch (cause) {
    throw new TypeError(
      `A probe needs an IP address or localhost, as names are not resolved, and a port: not ${whole}`,
      { cause },
    );
  }
}

function checkPath(path: string): string {
  if (/^\/[\x21-\x7e]*$/.test(path)) return path;
  throw new TypeError(
    `The path of a request begins with / and is printable ASCII: ${JSON.stringify(path)}`,
  );
}
