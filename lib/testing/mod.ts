/**
 * Testing systems: the host, nursery and directory that a test needs, and test machines.
 *
 * @module
 */
export * from "./hosts/mod.ts";
export { HeldClock } from "./held_clock.ts";
export { heldSince, type HostUsage, hostUsage } from "./host_usage.ts";
export { LeftoverError, Leftovers, markedProcesses } from "./leftovers.ts";
export { until } from "./until.ts";
export {
  runSystem,
  type SystemContext,
  systemTest,
  type SystemTestOptions,
} from "./system_test.ts";
