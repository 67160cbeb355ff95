/**
 * Socket addresses as the kernel lays them out: ip(7), ipv6(7), unix(7), netlink(7).
 *
 * Addresses are checked when they are made, so `encode` cannot fail. Unix paths are bytes to the kernel;
 * here they are UTF-8 text, and a leading NUL makes a name in the abstract namespace.
 */
import { AF } from "./constants.ts";
import { decodeIpv6, encodeIpv4, encodeIpv6 } from "./ip_address.ts";
import { STRUCT } from "./structs.ts";

const IN = STRUCT.sockaddr_in;
const IN6 = STRUCT.sockaddr_in6;
const UN = STRUCT.sockaddr_un;
const NL = STRUCT.sockaddr_nl;
const PATH_ROOM = UN.SIZE - UN.sun_path;

/** A socket's address of any family. */
export type Sockaddr = SockaddrIn | SockaddrIn6 | SockaddrUn | SockaddrNl;

/** An IPv4 address and port, ip(7). */
export class SockaddrIn {
  readonly family = AF.INET;
  /** Dotted decimal. */
  readonly address: string;
  readonly port: number;

  /**
   * @param address Dotted decimal, as "127.0.0.1"; names are not resolved.
   * @param port 0 to 65535; 0 lets bind(2) choose.
   * @throws {RangeError} If either is malformed.
   */
  constructor(address: string, port: number) {
    encodeIpv4(address);
    this.address = address;
    this.port = checkPort(port);
  }

  /** The bytes of `struct sockaddr_in`. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(IN.SIZE);
    const view = new DataView(bytes.buffer);
    view.setUint16(IN.sin_family, this.family, true);
    view.setUint16(IN.sin_port, this.port);
    bytes.set(encodeIpv4(this.address), IN.sin_addr);
    return bytes;
  }

  /** As "127.0.0.1:80". */
  toString(): string {
    return `${this.address}:${this.port}`;
  }
}

/** An IPv6 address and port, ipv6(7). */
export class SockaddrIn6 {
  readonly family = AF.INET6;
  /** Hexadecimal groups with "::" for the zeros, in the canonical form of RFC 5952. */
  readonly address: string;
  readonly port: number;
  readonly flowinfo: number;
  /** Index of the interface that a link-local address belongs to; 0 otherwise. */
  readonly scopeId: number;

  /**
   * @param address As "::1" or "fe80::1", without zone; names are not resolved.
   * @param port 0 to 65535; 0 lets bind(2) choose.
   * @throws {RangeError} If either is malformed.
   */
  constructor(
    address: string,
    port: number,
    options: { flowinfo?: number; scopeId?: number } = {},
  ) {
    this.address = decodeIpv6(encodeIpv6(address));
    this.port = checkPort(port);
    this.flowinfo = checkUint32("flowinfo", options.flowinfo ?? 0);
    this.scopeId = checkUint32("scopeId", options.scopeId ?? 0);
  }

  /** The bytes of `struct sockaddr_in6`. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(IN6.SIZE);
    const view = new DataView(bytes.buffer);
    view.setUint16(IN6.sin6_family, this.family, true);
    view.setUint16(IN6.sin6_port, this.port);
    view.setUint32(IN6.sin6_flowinfo, this.flowinfo);
    bytes.set(encodeIpv6(this.address), IN6.sin6_addr);
    view.setUint32(IN6.sin6_scope_id, this.scopeId, true);
    return bytes;
  }

  /** As "[::1]:80". */
  toString(): string {
    const zone = this.scopeId === 0 ? "" : `%${this.scopeId}`;
    return `[${this.address}${zone}]:${this.port}`;
  }
}

/**
 * The address of an IP host and port, of the family that the host's address is of.
 *
 * @param host As "127.0.0.1", "::1", "[::1]" or "fe80::1%2", whose zone is the index of an interface; names
 *   are not resolved.
 * @param port 0 to 65535; 0 lets bind(2) choose.
 * @throws {RangeError} If either is malformed.
 */
export function inetSockaddr(host: string, port: number): SockaddrIn | SockaddrIn6 {
  if (!host.includes(":")) return new SockaddrIn(host, port);
  const [, bare, zone] = /^([^%]*)(?:%(\d{1,10}))?$/.exec(host.replace(/^\[(.*)\]$/, "$1")) ?? [];
  return new SockaddrIn6(bare ?? host, port, { scopeId: Number(zone ?? 0) });
}

/** A Unix socket's path or abstract name, unix(7). */
export class SockaddrUn {
  readonly family = AF.UNIX;
  /** A path; or NUL and an abstract name; or nothing, for an unnamed socket. */
  readonly path: string;

  /**
   * @param path At most 107 bytes; with a leading NUL, an abstract name of at most 107 bytes. A longer
   *   path has an address by `thread.unixAddress(path)`. Empty lets bind(2) choose a name.
   * @throws {RangeError} If it is too long, or a NUL stands elsewhere in a path.
   */
  constructor(path: string) {
    const length = new TextEncoder().encode(path).length;
    const isAbstract = path.startsWith("\0");
    if (length > (isAbstract ? PATH_ROOM : PATH_ROOM - 1)) {
      throw new RangeError(
        `Unix socket path of ${length} bytes is too long, at most ${PATH_ROOM - 1} fit: ${path}; ` +
          "thread.unixAddress(path) has an address for it",
      );
    }
    if (!isAbstract && path.includes("\0")) {
      throw new RangeError(`Unix socket path has a NUL byte: ${JSON.stringify(path)}`);
    }
    this.path = path;
  }

  /** The bytes of `struct sockaddr_un`, as long as the path needs. */
  encode(): Uint8Array {
    const path = new TextEncoder().encode(this.path);
    const terminator = this.path === "" || this.path.startsWith("\0") ? 0 : 1;
    const bytes = new Uint8Array(UN.sun_path + path.length + terminator);
    new DataView(bytes.buffer).setUint16(UN.sun_family, this.family, true);
    bytes.set(path, UN.sun_path);
    return bytes;
  }

  /** The path; an abstract name begins with "@", as ss(8) shows it. */
  toString(): string {
    return this.path.replace(/^\0/, "@");
  }
}

/** An end of netlink(7). */
export class SockaddrNl {
  readonly family = AF.NETLINK;
  /** Which socket; 0 is the kernel, and lets bind(2) choose. */
  readonly pid: number;
  /** The groups that it listens to, a bit for each. */
  readonly groups: number;

  /** @throws {RangeError} If one is not a number of 32 bits. */
  constructor(pid = 0, groups = 0) {
    this.pid = checkUint32("pid", pid);
    this.groups = checkUint32("groups", groups);
  }

  /** The bytes of `struct sockaddr_nl`. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(NL.SIZE);
    const view = new DataView(bytes.buffer);
    view.setUint16(NL.nl_family, this.family, true);
    view.setUint32(NL.nl_pid, this.pid, true);
    view.setUint32(NL.nl_groups, this.groups, true);
    return bytes;
  }

  /** As "netlink 1234, groups 0x1". */
  toString(): string {
    return `netlink ${this.pid}, groups 0x${this.groups.toString(16)}`;
  }
}

/**
 * Reads what the kernel wrote, cut to the length that it gave.
 *
 * @throws {RangeError} If the family is not AF_INET, AF_INET6, AF_UNIX or AF_NETLINK, or bytes are missing.
 */
export function decodeSockaddr(bytes: Uint8Array): Sockaddr {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = bytes.length < 2 ? AF.UNSPEC : view.getUint16(0, true);
  switch (family) {
    case AF.INET:
      return decodeIn(view, checkLength(bytes, IN.SIZE));
    case AF.INET6:
      return decodeIn6(view, checkLength(bytes, IN6.SIZE));
    case AF.UNIX:
      return decodeUn(bytes.subarray(UN.sun_path));
    case AF.NETLINK:
      checkLength(bytes, NL.SIZE);
      return decodeNl(view);
    default:
      throw new RangeError(`Socket address of family ${family} is not supported`);
  }
}

function decodeIn(view: DataView, bytes: Uint8Array): SockaddrIn {
  const address = bytes.subarray(IN.sin_addr, IN.sin_addr + 4).join(".");
  return new SockaddrIn(address, view.getUint16(IN.sin_port));
}

function decodeIn6(view: DataView, bytes: Uint8Array): SockaddrIn6 {
  const address = decodeIpv6(bytes.subarray(IN6.sin6_addr, IN6.sin6_addr + 16));
  return new SockaddrIn6(address, view.getUint16(IN6.sin6_port), {
    flowinfo: view.getUint32(IN6.sin6_flowinfo),
    scopeId: view.getUint32(IN6.sin6_scope_id, true),
  });
}

function decodeNl(view: DataView): SockaddrNl {
  return new SockaddrNl(view.getUint32(NL.nl_pid, true), view.getUint32(NL.nl_groups, true));
}

/** A path ends at its NUL; an abstract name at the end of the bytes. */
function decodeUn(path: Uint8Array): SockaddrUn {
  const nul = path.indexOf(0);
  const end = nul > 0 ? nul : path.length;
  return new SockaddrUn(
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(path.subarray(0, end)),
  );
}

function checkLength(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes;
  throw new RangeError(`Socket address of ${bytes.length} bytes is too short, ${size} are needed`);
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new RangeError(`Port ${port} is not an integer from 0 to 65535`);
}

function checkUint32(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw new RangeError(`${name} ${value} is not an integer from 0 to 4294967295`);
}
