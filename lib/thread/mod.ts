/** Threads and what they hold: descriptors, paths, processes. */
export { Batch } from "./batch.ts";
export {
  type BatchMethods,
  Call,
  type CallFunction,
  type CallOptions,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
  type DescriptorMethods,
  type Encode,
  type ThreadMethods,
  type Tried,
} from "./call.ts";
export { MessageTruncatedError } from "./calls/message.ts";
/** System calls as values: `calls.setsid()` is a {@linkcode Call}. */
export * as calls from "./calls/mod.ts";
export type { Capabilities } from "./calls/capability.ts";
export type { EpollEvent } from "./calls/epoll.ts";
export type { InotifyEvent } from "./calls/inotify.ts";
export type { Poll } from "./calls/poll.ts";
export type { IdMap, IdMaps } from "./calls/proc.ts";
export type { SignalInfo } from "./calls/signalfd.ts";
export type { FileSystem } from "./calls/statfs.ts";
export type { Timer } from "./calls/timerfd.ts";
export {
  ChildProcess,
  type EndListener,
  type Execution,
  type Stop,
  WaitStatus,
} from "./child_process.ts";
export { LimitError } from "./cgroup.ts";
export { Command, type CommandArgument, type CommandData, type Environment } from "./command.ts";
export { CommandError } from "./command_error.ts";
export { CommandOutput } from "./command_output.ts";
export { CommandThread } from "./command_thread.ts";
export { CpuReading } from "./cpu_reading.ts";
export { FileDescriptor } from "./descriptor.ts";
export type { StandingInfo } from "./standing_info.ts";
export {
  type CallArgument,
  type CallDetails,
  CallEncoder,
  type Explanation,
  type Fd,
  type Streams,
  type What,
} from "./encoder.ts";
export {
  DirectoryLock,
  LockedError,
  type LockHolder,
  type LockOptions,
  type LockThread,
} from "./directory_lock.ts";
export { ThreadEndedError } from "./errors.ts";
export type { AccountOptions } from "./account.ts";
export { shutsOut } from "./access.ts";
export type { ExecOptions } from "./exec.ts";
export type { HostInfo } from "./host_info.ts";
export type { Bytes, Limit, Limits } from "./limits.ts";
export { LineReader } from "./line_reader.ts";
export { type DirectoryEntry, Metadata } from "./metadata.ts";
export type { Calls } from "./methods.ts";
export { bytesOf, type Name, shown } from "./names.ts";
export type { OwnedOptions } from "./owned.ts";
export { Path, type PathLike, TemporaryDirectory } from "./path.ts";
export type { PriorityOptions } from "./priority.ts";
export { ProcessStats } from "./process_stats.ts";
export { ServiceNotReadyError } from "./ready.ts";
export { type BatchReply, type Resolved, Result, type Value } from "./result.ts";
export type { RunOptions } from "./run.ts";
export { SyscallThread } from "./runner.ts";
export { Secret, type SecretOptions } from "./secret.ts";
export type { Secrets } from "./secrets.ts";
export { ServiceLog, type ServiceLogOptions } from "./service_log.ts";
export type { Sockets } from "./sockets.ts";
export { stopOf, type StopOptions } from "./stop.ts";
export type { SpawnOptions } from "./spawn.ts";
export { Thread } from "./thread.ts";
export { UnixAddress } from "./unix_address.ts";
export { User, type UserData } from "./user.ts";
export { UnknownUserError } from "./user_database.ts";
export type { WriteFileOptions } from "./write_file.ts";
