/** Calls on devices that only root may open, and on processes of others: on this machine. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  AF,
  CLONE,
  type FileDescriptor,
  IFF,
  IOCTL,
  MNT,
  MS,
  NETLINK,
  O,
  PR,
  RTMGRP,
  SOCK,
  SockaddrNl,
  type Thread,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";

const utf8 = new TextEncoder();

/** Left out where the kernel has no such device. */
function needs(device: string): { ignore: boolean } {
  return { ignore: !existsSync(device) };
}

systemTest("a network device is made, and netlink tells of it", async ({ thread }) => {
  await using child = await thread.clone();
  await child.unshare(CLONE.NEWNET);
  await using netlink = await child.socket(AF.NETLINK, SOCK.RAW, NETLINK.ROUTE);
  await netlink.bind(new SockaddrNl(0, RTMGRP.LINK));
  await using tun = await child.open("/dev/net/tun", O.RDWR);
  // struct ifreq: 16 bytes of name, then flags or an index.
  const request = new Uint8Array(40);
  request.set(utf8.encode("tun7"));
  new DataView(request.buffer).setInt16(16, IFF.TUN | IFF.NO_PI, true);
  await tun.ioctlBytes(IOCTL.TUNSETIFF, request);
  await using sock = await child.socket(AF.INET, SOCK.DGRAM);
  const answer = await sock.ioctlBytes(IOCTL.SIOCGIFINDEX, request);
  const index = new DataView(answer.buffer, answer.byteOffset).getInt32(16, true);
  const { bytes } = await netlink.recvfrom(1 << 16);
  // struct nlmsghdr, whose type is RTM_NEWLINK; then struct ifinfomsg with the index.
  const message = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.deepEqual([message.getUint16(4, true), message.getInt32(20, true)], [16, index]);
}, needs("/dev/net/tun"));

/** Opcodes of <linux/fuse.h>. */
const FUSE = { LOOKUP: 1, INIT: 26 } as const;
const ENODATA = 61;

/** A request of the kernel: struct fuse_in_header, and what follows it. */
async function nextRequest(fuse: FileDescriptor) {
  const bytes = await fuse.read(1 << 18);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    opcode: view.getUint32(4, true),
    unique: view.getBigUint64(8, true),
    name: new TextDecoder().decode(bytes.subarray(40)).replace(/\0.*$/, ""),
  };
}

/** Answers one: struct fuse_out_header, and what follows it. */
async function answer(fuse: FileDescriptor, unique: bigint, errno: number, body = 0) {
  const view = new DataView(new ArrayBuffer(16 + body));
  view.setUint32(0, view.byteLength, true);
  view.setInt32(4, -errno, true);
  view.setBigUint64(8, unique, true);
  if (body > 0) [7, 31].forEach((version, at) => view.setUint32(16 + at * 4, version, true));
  await fuse.write(new Uint8Array(view.buffer));
}

systemTest("a file system is answered for by the program", async ({ thread, tmpdir }) => {
  await using server: Thread = await thread.clone();
  await server.unshare(CLONE.NEWNS);
  await server.mount("", "/", "", MS.REC | MS.PRIVATE);
  await using fuse = await server.open("/dev/fuse", O.RDWR);
  const options = `fd=${fuse.number},rootmode=40000,user_id=0,group_id=0`;
  await server.mount("test", tmpdir, "fuse", MS.NOSUID | MS.NODEV, options);
  await using client = await server.clone();
  const looking = client.stat(tmpdir.join("name"));
  const init = await nextRequest(fuse);
  assert.equal(init.opcode, FUSE.INIT);
  await answer(fuse, init.unique, 0, 64);
  const lookup = await nextRequest(fuse);
  assert.deepEqual([lookup.opcode, lookup.name], [FUSE.LOOKUP, "name"]);
  await answer(fuse, lookup.unique, ENODATA);
  await assert.rejects(looking, { code: "ENODATA", syscall: "statx" });
  await server.umount(tmpdir, MNT.DETACH);
}, needs("/dev/fuse"));

systemTest(
  "an open list of a process's descriptors outlasts the right to open it",
  async ({ thread }) => {
    const become = async (clone: Thread) => {
      await clone.batch((b) => {
        b.setgroups([]);
        b.setgid(65534);
        b.setuid(65534);
        b.prctl(PR.SET_DUMPABLE, 1);
      });
      return clone;
    };
    await using looking = await become(await thread.clone());
    await using other = await become(await thread.clone());
    await using held = await other.memfd("held");
    const place = `/proc/${other.process.pid}/fd`;
    await using list = await looking.open(place, O.RDONLY | O.DIRECTORY);
    const names = async () => {
      await list.lseek(0);
      return (await list.getdents()).map(({ name }) => name);
    };
    assert.ok((await names()).includes(`${held.number}`));
    // As executing a set-user-ID program does.
    await other.prctl(PR.SET_DUMPABLE, 0);
    assert.ok((await names()).includes(`${held.number}`));
    await assert.rejects(looking.readDirectory(place), { code: "EACCES" });
  },
);
