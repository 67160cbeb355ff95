import assert from "node:assert/strict";
import { type TestHost, testHostsAvailable, TestNetwork } from "../testing/hosts/mod.ts";
import { READ_SCRIPT } from "./bootstrap_script.ts";
import {
  type ConnectError,
  ConnectionRefusedError,
  ConnectTimeoutError,
  HostKeyChangedError,
  HostKeyUnknownError,
  LinkLostError,
  NameNotResolvedError,
  NoShellError,
  PermissionDeniedError,
} from "./errors.ts";
import { sshArgv, type SshOptions } from "./ssh_argv.ts";
import { sshError } from "./ssh_errors.ts";

async function failure(options: SshOptions, command = READ_SCRIPT): Promise<ConnectError> {
  const [ssh, ...args] = sshArgv(options, command) as [string, ...string[]];
  const { code, signal, stdout, stderr } = await new Deno.Command(ssh, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return sshError({
    host: options.to,
    status: signal === null ? code : null,
    stderr: decoder.decode(stderr),
    heard: decoder.decode(stdout),
    connected: false,
  });
}

Deno.test({
  name: "sshError() names each cause that a real ssh fails with",
  ignore: !testHostsAvailable().ok,
  fn: async (t) => {
    const users = { nologin: "/usr/sbin/nologin", no: "/bin/false", gone: "/bin/no-such-shell" };
    await using net = await TestNetwork.make({ hosts: 2, users });
    const [, host1] = net.hosts as [TestHost, TestHost];
    const config = net.sshConfig;
    const variant = async (name: string, change: (text: string) => string) => {
      const path = `${net.directory}/${name}`;
      await Deno.writeTextFile(path, change(await Deno.readTextFile(config)));
      return path;
    };
    const check = (
      name: string,
      expected: new (...args: never[]) => ConnectError,
      options: () => SshOptions | Promise<SshOptions>,
    ) =>
      t.step(name, async () => {
        const error = await failure(await options());
        assert.equal(error.constructor, expected, error.message);
        assert.equal(error.host, error.message.match(/^Cannot use host (\S+):/)?.[1]);
        if (expected !== NoShellError) assert.ok(error.message.includes(error.stderr.trim()));
      });

    await check("key unknown", HostKeyUnknownError, async () => ({
      to: "host0",
      config: await variant(
        "a",
        (text) => text.replace(/UserKnownHostsFile.*/, "UserKnownHostsFile /dev/null"),
      ),
    }));
    await check(
      "key unknown where the user's file would take any",
      HostKeyUnknownError,
      async () => ({
        to: "host0",
        config: await variant(
          "b",
          (text) =>
            text.replace(/UserKnownHostsFile.*/, "UserKnownHostsFile /dev/null").replace(
              "Checking yes",
              "Checking no",
            ),
        ),
      }),
    );
    await check("key changed", HostKeyChangedError, async () => ({
      to: "host0",
      config: await variant(
        "c",
        (text) => text.replace("HostKeyAlias host0", "HostKeyAlias host1"),
      ),
    }));
    await check("wrong key", PermissionDeniedError, async () => ({
      to: "host0",
      config: await variant(
        "d",
        (text) => text.replace(/IdentityFile.*/, `IdentityFile ${net.directory}/host1.key`),
      ),
    }));
    await check("no such user", PermissionDeniedError, () => ({ to: "nobody-here@host0", config }));
    await check("no such shell", PermissionDeniedError, () => ({ to: "gone@host0", config }));
    await check(
      "name unresolvable",
      NameNotResolvedError,
      () => ({ to: "no-such-host.invalid", config }),
    );
    await check(
      "refused",
      ConnectionRefusedError,
      () => ({ to: "host0", config, args: ["-p", "2222"] }),
    );
    await check("nobody at the address", ConnectTimeoutError, () => ({
      to: net.deadAddress,
      config,
      connectTimeout: 1000,
    }));
    await check("says nothing", ConnectTimeoutError, async () => {
      const relay = await net.relay(host1);
      await relay.stall("both");
      return { to: "host1", config: relay.sshConfig, connectTimeout: 1000 };
    });
    await check("nologin", NoShellError, () => ({ to: "nologin@host0", config }));
    await check("/bin/false", NoShellError, () => ({ to: "no@host0", config }));
    await check("closes at once", LinkLostError, () => {
      const listener = Deno.listen({ hostname: net.gateway, port: 0 });
      listener.accept().then((connection) => connection.close()).finally(() => listener.close());
      return { to: net.gateway, config, args: ["-p", String(listener.addr.port)] };
    });
  },
});

Deno.test("sshError() tells a lost link from an agent that cannot be executed", () => {
  const lost = {
    host: "db1",
    status: 255,
    stderr: "Timeout, server db1 not responding.\r\n",
    connected: true,
  };
  assert.ok(sshError(lost) instanceof LinkLostError);
  assert.match(
    sshError(lost).message,
    /^Cannot use host db1: the connection broke; ssh printed: Timeout, server db1 not responding\.$/,
  );
  assert.equal(sshError({ ...lost, status: null }).name, "LinkLostError");
  const stderr = "sh: 1: exec: /proc/self/fd/3: Permission denied";
  assert.equal(sshError({ ...lost, status: 126, stderr }).name, "NoPlaceToRunError");
});
