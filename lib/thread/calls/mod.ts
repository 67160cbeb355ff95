/**
 * The system calls, each as a function that makes a value of it, one file for the header that it belongs
 * to. Threads, batches and descriptors have them as methods.
 */
export * from "./agent.ts";
export * from "./capability.ts";
export * from "./dirent.ts";
export * from "./epoll.ts";
export * from "./eventfd.ts";
export * from "./fcntl.ts";
export * from "./file.ts";
export { inotifyAddWatch, inotifyInit, inotifyRead, inotifyRmWatch } from "./inotify.ts";
export * from "./held.ts";
export * from "./ioctl.ts";
export { receiveDescriptors, sendDescriptors } from "./message.ts";
export * from "./mman.ts";
export * from "./mount.ts";
export * from "./pidfd.ts";
export { poll } from "./poll.ts";
export * from "./prctl.ts";
export * from "./proc.ts";
export * from "./resource.ts";
export * from "./sched.ts";
export { getsigaction, kill, sigaction, sigmask } from "./signal.ts";
export * from "./signalfd.ts";
export * from "./socket.ts";
export * from "./socket_data.ts";
export * from "./socket_options.ts";
export { chmod, fchmod, fstat, mkdir, mkfifo, stat, umask } from "./stat.ts";
export * from "./stat_at.ts";
export * from "./statfs.ts";
export * from "./stdio.ts";
export * from "./syscall.ts";
export { nanosleep } from "./time.ts";
export * from "./timerfd.ts";
export * from "./uio.ts";
export * from "./unistd.ts";
export * from "./unistd_at.ts";
export * from "./unistd_files.ts";
export * from "./unistd_process.ts";
