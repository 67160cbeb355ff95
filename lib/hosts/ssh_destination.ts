/**
 * Where ssh connects to: the forms that ssh(1) takes, and an IPv6 address in brackets. Neither host nor user
 * name can become an option, shell text or a part of a path.
 */

/** A destination, taken apart. */
export interface SshDestination {
  /** `host` or `user@host`, as ssh takes it. */
  readonly destination: string;
  readonly port: number | undefined;
}

const LONGEST_NAME = 255;
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
/** With two colons at least: one is before a port. */
const IPV6 = /^(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?$/;
const USER_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._+@-]*[A-Za-z0-9._+])?$/;
const URI = /^ssh:\/\/(.*?)(?::(\d{1,5}))?\/?$/;

/**
 * Takes apart `host`, `user@host` or `ssh://[user@]host[:port]`; the host is a name of ssh_config(5) or DNS,
 * or an IP address.
 *
 * @throws {TypeError} If it is none of these; it says what to write for a port.
 */
export function parseDestination(to: string): SshDestination {
  const uri = URI.exec(to);
  const [text, port] = uri ? [uri[1]!, uri[2]] : [to, undefined];
  const at = text.lastIndexOf("@");
  const user = at < 0 ? undefined : text.slice(0, at);
  const host = withoutBrackets(text.slice(at + 1));
  if (user !== undefined && !(user.length <= LONGEST_NAME && USER_NAME.test(user))) {
    throw refused(to, `${JSON.stringify(user)} is not a user name`);
  }
  // Without brackets the port of a URI cannot be told from an address.
  const isAddress = IPV6.test(host) && (!uri || host !== text.slice(at + 1));
  if (host.length > LONGEST_NAME || !(HOST_NAME.test(host) || isAddress)) {
    throw refused(to, `${JSON.stringify(host)} is not a host name or address${portHint(text, at)}`);
  }
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) {
    throw refused(to, `${port} is not a port, 1 to 65535`);
  }
  return {
    destination: user === undefined ? host : `${user}@${host}`,
    port: port === undefined ? undefined : Number(port),
  };
}

function withoutBrackets(host: string): string {
  const bare = /^\[(.*)\]$/.exec(host)?.[1];
  return bare !== undefined && IPV6.test(bare) ? bare : host;
}

function portHint(text: string, at: number): string {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text.slice(at + 1)) ?? [];
  if (host === undefined) return "";
  return `; for a port write ssh://${text.slice(0, at + 1)}${host}:${port}`;
}

function refused(to: string, why: string): TypeError {
  return new TypeError(`Cannot connect to ${JSON.stringify(to)}: ${why}`);
}
