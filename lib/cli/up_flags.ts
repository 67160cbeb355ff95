/** What the command line says to `up`. */
import type { HostFlags } from "./flags.ts";
import type { Options } from "./options.ts";
import { STANDING_OPTIONS, type StandingFlags } from "./standing/flags.ts";

/** What `up` has of every system, besides {@linkcode HostFlags}. */
export const UP_OPTIONS: Options = {
  logDir: {
    kind: "path",
    value: "dir",
    about: "keep the services' logs here, one rotated file each",
  },
  json: { kind: "flag", about: "print the services as one line of JSON" },
  watch: { kind: "flag", about: "run the system again from its sources when they are saved" },
  dashboard: { kind: "flag", about: "serve the web page, too, and print its address" },
  ...STANDING_OPTIONS,
};

/** Their values. */
export interface UpFlags extends HostFlags, StandingFlags {
  readonly logDir?: string;
  readonly json: boolean;
  readonly watch: boolean;
  readonly dashboard: boolean;
}

/** What a command line gives to `up`. */
export interface Given {
  readonly flags: UpFlags;
  /** The values of the system's own options. */
  readonly values: Readonly<Record<string, unknown>>;
}
