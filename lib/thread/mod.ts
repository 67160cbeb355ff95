/** Threads and what they hold: descriptors, paths, processes. */
export { Batch, type Poll } from "./process_calls.ts";
export { BatchCore, type Fd, type PathLike } from "./batch_core.ts";
export {
  ChildProcess,
  type EndListener,
  type Execution,
  type Stop,
  WaitStatus,
} from "./child_process.ts";
export { Command } from "./command.ts";
export { ThreadEndedError } from "./errors.ts";
export type { ExecOptions } from "./exec.ts";
export { FileDescriptor } from "./file_descriptor.ts";
export type { HostInfo } from "./host_info.ts";
export { type DirectoryEntry, Metadata } from "./metadata.ts";
export { Path, TemporaryDirectory } from "./path.ts";
export { type Resolved, Result } from "./result.ts";
export { ServiceNotReadyError } from "./ready.ts";
export { ServiceLog, type ServiceLogOptions } from "./service_log.ts";
export { type CallOptions, SyscallThread } from "./syscall_thread.ts";
export { type SpawnOptions, Thread, threadOf } from "./thread.ts";
