import assert from "node:assert/strict";
import { difference, type HostUsage } from "./host_usage.ts";

function usage(
  agent: string[],
  thread: string[] = [],
  processes: string[] = [],
  memory = 100,
): HostUsage {
  return { descriptors: { agent, thread }, memory, processes };
}

Deno.test("difference() names what is held more than before", () => {
  const before = usage(["pipe:[1]"], ["socket:[2]"], ["7 orderd"]);
  assert.deepEqual(difference(before, before), []);
  const after = usage(
    ["pipe:[1]", "pipe:[1]", "pipe:[3]"],
    ["socket:[2]", "/tmp/x"],
    ["8 sleep"],
    9000,
  );
  assert.deepEqual(difference(before, after), [
    "descriptor of the agent: pipe:[1]",
    "descriptor of the agent: pipe:[3]",
    "descriptor of the thread: /tmp/x",
    "memory of the agent: 8900 KiB",
    "process 8 sleep",
  ]);
});

Deno.test("difference() allows what a host keeps, and no more", () => {
  const kept = ["/proc/9/task/9/children", "pipe:[4]", "pipe:[4]", "socket:[5]"];
  assert.deepEqual(difference(usage([]), usage(kept, [], ["6 bw-thread"])), []);
  const more = difference(usage([]), usage([...kept, "pipe:[6]", "pipe:[6]", "socket:[7]"]));
  assert.deepEqual(more, [
    "descriptor of the agent: socket:[5]",
    "descriptor of the agent: pipe:[6]",
    "descriptor of the agent: pipe:[6]",
    "descriptor of the agent: socket:[7]",
  ]);
  const threads = Array.from({ length: 6 }, (_, index) => `${index} bw-thread`);
  assert.deepEqual(difference(usage([]), usage([], [], threads)), ["process 5 bw-thread"]);
});
