/** A host for tests, whose agent the test plays. */
import { abi } from "../abi/mod.ts";
import { type AgentConnection, HostLostError } from "../agent/mod.ts";
import { childOf, FakeAgent } from "../agent/fake_agent.ts";
import { Model } from "../model/mod.ts";
import { FRAME, type Frame } from "../wire/mod.ts";
import type { HostInfo } from "./host_info.ts";
import { Thread } from "./thread.ts";

/** What the host of a fake agent is like. */
export function fakeInfo(connection: AgentConnection, name = "fake"): HostInfo {
  return {
    name,
    arch: "x86_64",
    abi: abi("x86_64"),
    pageSize: 4096,
    pid: 100,
    uid: 0,
    gid: 0,
    threadPid: 101,
    slots: 1024,
    release: "6.1.0",
    nodename: name,
    temporary: `/tmp/${name}`,
    environment: { PATH: "/usr/bin:/bin", HOME: "/root" },
    serviceEnvironment: { PATH: "/usr/bin:/bin", HOME: "/root" },
    logDirectory: undefined,
    model: new Model(),
    local: true,
    get lost() {
      return connection.lost instanceof HostLostError;
    },
    get piece() {
      return connection.piece;
    },
  };
}

/** Thread 1 of a fake agent. */
export async function fakeThread(): Promise<{ agent: FakeAgent; thread: Thread }> {
  const { agent, connection } = await FakeAgent.connect();
  return {
    agent,
    thread: new Thread(fakeInfo(connection), connection, 1, { pid: 101, instance: 0n }),
  };
}

/** Clones a thread; its number, too. */
export async function fakeClone(
  agent: FakeAgent,
  thread: Thread,
): Promise<{ child: Thread; number: number }> {
  const cloning = thread.clone();
  const clone = await agent.take(FRAME.CLONE);
  agent.cloned(clone, 200);
  return { child: await cloning, number: childOf(clone) };
}

/** The numbers of the system calls in a CALL frame. */
export function callsOf({ body }: Frame): number[] {
  const view = new DataView(body.buffer, body.byteOffset);
  const count = view.getUint32(0, true);
  return Array.from({ length: count }, (_, index) => view.getUint32(24 + index * 56, true));
}

/** The strings of printable characters in a frame's blob, in order. */
export function stringsOf({ body }: Frame): string[] {
  const view = new DataView(body.buffer, body.byteOffset);
  const blob = body.subarray(body.length - view.getUint32(12, true));
  return new TextDecoder("latin1").decode(blob).match(/[ -~]{2,}/g) ?? [];
}
