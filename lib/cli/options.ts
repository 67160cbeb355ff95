/**
 * Options and arguments of a command line, as data, and what their values are. The type of a value follows
 * from the data: it is there for certain if it is required or has a default, and a list if there may be
 * many.
 */
import type { Milliseconds } from "../clock/mod.ts";
import type { Address } from "./address.ts";

/** The kinds that a value may be of, and what each is for the program. */
export interface ValueKinds {
  /** Given or not; it takes no value. */
  readonly flag: boolean;
  readonly text: string;
  /** A whole number from 0. */
  readonly number: number;
  /** 0 to 65535. */
  readonly port: number;
  /** Written in seconds, with or without a fraction. */
  readonly seconds: Milliseconds;
  /** A file or directory on the machine of the program, as it is written. */
  readonly path: string;
  /**
   * A path on each host. Where all of them are this machine it may be relative to the current directory, and
   * is made absolute; else it must be absolute.
   */
  readonly hostPath: string;
  /** Written as PORT, HOST:PORT or [IPV6]:PORT; without a host it is 127.0.0.1. */
  readonly address: Address;
}

/** What is common to options of all kinds. */
export interface OptionBasics {
  /** What `--help` says. */
  readonly about: string;
  /** What stands for the value in `--help`, as "dir"; else the kind does. */
  readonly value?: string;
  /** Whether the command line makes no sense without it. */
  readonly required?: boolean;
  /** A letter that stands for it, as in "-f". */
  readonly short?: string;
  /** Whether it may be given more than once; its value is the list. */
  readonly many?: boolean;
}

/** An option whose value is of one of the {@linkcode ValueKinds}. */
export type KindOption = {
  readonly [K in keyof ValueKinds]: OptionBasics & {
    readonly kind: K;
    readonly default?: ValueKinds[K];
  };
}[keyof ValueKinds];

/** An option whose value is one of some words. */
export interface ChoiceOption extends OptionBasics {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** An option that reads its value by itself. */
export interface ParsedOption extends OptionBasics {
  readonly kind: "parsed";
  readonly default?: unknown;
  /** @throws {UsageError} If the text makes no sense. */
  readonly parse: (text: string) => unknown;
}

/** An option of a command line, or an argument. */
export type Option = KindOption | ChoiceOption | ParsedOption;

/** Options by their names: `logDir` is `--log-dir`. */
export type Options = Readonly<Record<string, Option>>;

/** One value of an option. */
export type OneValue<O extends Option> = O extends ParsedOption ? ReturnType<O["parse"]>
  : O extends ChoiceOption ? O["choices"][number]
  : O extends KindOption ? ValueKinds[O["kind"]]
  : never;

/** What an option is for the program. */
export type ValueOf<O extends Option> = O extends { readonly many: true } ? readonly OneValue<O>[]
  : O extends { readonly required: true } | { readonly kind: "flag" } ? OneValue<O>
  : O extends { readonly default: unknown } ? OneValue<O>
  : OneValue<O> | undefined;

/** The values of options, by the options' names. */
export type Values<O extends Options> = { readonly [N in keyof O]: ValueOf<O[N]> };
