/** Ways to get a host. */
export { Host, type HostOptions } from "./host.ts";
export { commandHost, type CommandHostOptions, sshHost } from "./command_host.ts";
export { container } from "./container.ts";
export type { ContainerOptions } from "./container_options.ts";
export type { DialOptions } from "./dial.ts";
export { Connection, type ConnectionParts } from "./connection.ts";
export { Forward, type ForwardOptions } from "./forward.ts";
export { type HostMemory, HostStats, type HostStatsOptions } from "./host_stats.ts";
export { Listener, type ListenOptions } from "./listener.ts";
export { localHost, type LocalHostOptions } from "./local.ts";
export { ProgramThread, programThread } from "./program_thread.ts";
export * from "./errors.ts";
export type { StandingOptions } from "./standing.ts";
export type { SshOptions } from "./ssh_argv.ts";
