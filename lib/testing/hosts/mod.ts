/**
 * Several hosts on one machine, for tests.
 *
 * @module
 */
export type { Output } from "./command.ts";
export { TestHost, type TestHostPlace } from "./host.ts";
export { TestNetwork, type TestNetworkOptions } from "./network.ts";
export type { HostProcess } from "./processes.ts";
export { type Direction, Relay, type RelayOptions, type RelaySetup } from "./relay.ts";
export { type Availability, testHostsAvailable, toolsAvailable } from "./requirements.ts";
