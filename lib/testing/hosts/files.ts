/** The files of a test network: what sshd and ssh read. */
import { run } from "./command.ts";

const SSHD_CONFIG = `Port 22
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PrintMotd no
PrintLastLog no
PidFile none
Subsystem sftp internal-sftp
`;

/** A host by name and address. */
export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/** Makes one key per host and one for the users. */
export async function makeKeys(directory: string, hosts: readonly NamedAddress[]): Promise<void> {
  const files = [...hosts.map((host) => `${host.name}.key`), "id"];
  const line = (file: string) => `ssh-keygen -q -t ed25519 -N '' -C test -f ${directory}/${file} &`;
  await run(["sh"], `${files.map(line).join("\n")}\nwait\n`);
  await Deno.rename(`${directory}/id.pub`, `${directory}/authorized_keys`);
}

/** Writes what the hosts copy, and what ssh reads here; the keys must be there. `users` maps further accounts to login shells. */
export async function writeFiles(
  directory: string,
  hosts: readonly (NamedAddress & { readonly address6: string })[],
  users: Readonly<Record<string, string>>,
): Promise<void> {
  const known = await Promise.all(hosts.map(async ({ name, address }) => {
    const [type, key] = (await Deno.readTextFile(`${directory}/${name}.key.pub`)).split(" ");
    return `${name},${address} ${type} ${key}\n`;
  }));
  const accounts = Object.entries(users);
  const files: Record<string, string> = {
    sshd_config: SSHD_CONFIG,
    known_hosts: known.join(""),
    hosts: `127.0.0.1 localhost\n${hosts.map((host) => `${host.address} ${host.name}\n`).join("")}`,
    passwd: "root:x:0:0:root:/root:/bin/sh\n" +
      accounts.map(([user, shell], i) => `${user}:x:${2000 + i}:65534::/home/${user}:${shell}\n`)
        .join("") +
      "sshd:x:102:65534::/run/sshd:/usr/sbin/nologin\n" +
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    shadow: ["root", ...Object.keys(users)].map((user) => `${user}:*:20000::::::\n`).join(""),
    homes: accounts.map(([user]) => `${user} /home/${user}\n`).join(""),
    ssh_config: sshConfig(directory, hosts),
    ssh_config6: sshConfig(
      directory,
      hosts.map(({ name, address6 }) => ({ name, address: address6 })),
    ),
    ssh_config_inside: sshConfig("/root/.ssh", hosts),
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) =>
      Deno.writeTextFile(`${directory}/${name}`, text, { mode: 0o600 })
    ),
  );
  await run(["chmod", "644", ...["passwd", "hosts"].map((name) => `${directory}/${name}`)]);
}

/** An ssh_config(5) for the hosts, with key and known hosts from a directory. */
export function sshConfig(directory: string, hosts: readonly (NamedAddress & { port?: number })[]) {
  const host = ({ name, address, port = 22 }: NamedAddress & { port?: number }) =>
    `Host ${name}\n  HostName ${address}\n  Port ${port}\n  HostKeyAlias ${name}\n\n`;
  return hosts.map(host).join("") + `Host *
  User root
  IdentityFile ${directory}/id
  IdentitiesOnly yes
  UserKnownHostsFile ${directory}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`;
}
