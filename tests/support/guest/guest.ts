/**
 * A machine of the tests' own: a kernel of Debian's for clouds in QEMU, with a file system in memory that
 * holds busybox and an agent. It has all controllers of cgroups, version 2, whatever this machine has.
 */
import { Host, type HostOptions } from "bailiwick";
import { toolsAvailable } from "bailiwick/testing";
import { ProcessTransport } from "../../../lib/hosts/process_transport.ts";
import { agentPath } from "../raw_agent.ts";
import { fromFileUrl } from "../urls.ts";
import { cpio, type CpioEntry } from "./cpio.ts";

const FETCHED = fromFileUrl(import.meta.resolve("../../../dist/guest"));
const KERNEL = `${FETCHED}/vmlinuz`;
const INIT = fromFileUrl(import.meta.resolve("./init"));
const QEMU = "qemu-system-x86_64";
const BUSYBOX = "/usr/bin/busybox";
/** Milliseconds; it takes some seconds, and more where others have the processors. */
const DEADLINE = 120_000;
const PASSWD = "root:x:0:0::/root:/bin/sh\napp:x:700:701::/tmp:/bin/sh\n";

/** Whether a test must be left out since this machine has not what a guest needs. */
export function guestIgnored(): boolean {
  return Deno.build.arch !== "x86_64" || !toolsAvailable({
    [QEMU]: "qemu-system-x86",
    [BUSYBOX]: "busybox",
    [KERNEL]: "linux-image-cloud-amd64 by scripts/fetch_guest.sh",
  }).ok;
}

/** Starts a guest; closing the host ends it. */
export async function guest(options: HostOptions = {}): Promise<Host> {
  const directory = await Deno.makeTempDir();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("It takes too long")), DEADLINE);
  const [initramfs, consoleLog] = [`${directory}/initramfs`, `${directory}/console`];
  try {
    await Deno.writeFile(initramfs, cpio(await files()));
    const transport = new ProcessTransport([QEMU, ...argumentsFor(initramfs, consoleLog)]);
    return await Host.connect("guest", transport, { ...options, signal: late.signal });
  } catch (cause) {
    const said = await Deno.readTextFile(consoleLog).catch(() => "nothing");
    throw new Error(`The guest did not start; its console said ${said}`, { cause });
  } finally {
    clearTimeout(timer);
    await Deno.remove(directory, { recursive: true });
  }
}

function argumentsFor(initramfs: string, consoleLog: string): string[] {
  return [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-machine", "q35", "-cpu", "max", "-m", "256M"],
    ...["-kernel", KERNEL, "-initrd", initramfs],
    ...["-append", "console=ttyS0 quiet panic=-1 rdinit=/init"],
    ...["-serial", `file:${consoleLog}`, "-device", "virtio-serial-pci"],
    ...["-chardev", "stdio,id=agent,signal=off", "-device", "virtserialport,chardev=agent"],
  ];
}

async function files(): Promise<CpioEntry[]> {
  const libraries = await librariesOf(BUSYBOX);
  const from: Record<string, string> = {
    "init": INIT,
    "agent": agentPath("x86_64"),
    "bin/busybox": BUSYBOX,
    ...Object.fromEntries(libraries.map((path) => [path.slice(1), path])),
  };
  for await (const { name } of Deno.readDir(`${FETCHED}/modules`)) {
    from[`modules/${name}`] = `${FETCHED}/modules/${name}`;
  }
  const loaded = await Promise.all(
    Object.entries(from).map(async ([path, file]) => {
      return { path, mode: 0o755, content: await Deno.readFile(file) };
    }),
  );
  const passwd = { path: "etc/passwd", mode: 0o644, content: new TextEncoder().encode(PASSWD) };
  const all = [...loaded, passwd];
  const directories = new Set(all.flatMap(({ path }) => directoriesOf(path)));
  return [...Array.from(directories, (path) => ({ path, mode: 0o755 })), ...all];
}

function directoriesOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}

/** The shared libraries that a program needs, and what loads them. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ldd", { args: [program] }).output();
  return [...new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}
