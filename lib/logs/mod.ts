/** Lines that services write: split, remembered, kept in files. Knows nothing of services. */
export { CUT, LineSplitter, MAX_LINE } from "./line_splitter.ts";
export { LogTail, type LogTailOptions } from "./log_tail.ts";
export type { Dropped, LogWriterOptions } from "./log_writer.ts";
export { printable } from "./printable.ts";
export { RotatingFile } from "./rotating_file.ts";
