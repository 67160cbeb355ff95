/**
 * The system calls, each as a function that makes a value of it, one file for the headers of the kernel
 * that it belongs to. Threads, batches and descriptors have them as methods.
 */
export * from "./agent.ts";
export * from "./fcntl.ts";
export { receiveDescriptors, sendDescriptors } from "./message.ts";
export { nanosleep, poll, sigmask } from "./signal.ts";
export * from "./socket.ts";
export * from "./stat.ts";
export * from "./system.ts";
export * from "./unistd.ts";
