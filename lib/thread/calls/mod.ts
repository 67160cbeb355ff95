/**
 * The system calls, each as a function that makes a value of it, one file for the header that it belongs
 * to. Threads, batches and descriptors have them as methods.
 */
export * from "./agent.ts";
export * from "./dirent.ts";
export * from "./fcntl.ts";
export * from "./file.ts";
export { receiveDescriptors, sendDescriptors } from "./message.ts";
export * from "./mman.ts";
export * from "./mount.ts";
export { poll } from "./poll.ts";
export * from "./prctl.ts";
export * from "./resource.ts";
export * from "./sched.ts";
export * from "./signal.ts";
export * from "./socket.ts";
export * from "./stat.ts";
export * from "./stdio.ts";
export * from "./syscall.ts";
export { nanosleep } from "./time.ts";
export * from "./unistd.ts";
export * from "./unistd_files.ts";
export * from "./unistd_process.ts";
