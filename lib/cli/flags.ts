/** The options by which a command line says where a system runs. */
import type { Milliseconds } from "../clock/mod.ts";
import { flagOf } from "./declare.ts";
import type { Option, Options } from "./options.ts";
import { givenRoles, hostHelp, resolve } from "./roles.ts";
import type { Topologies } from "./system.ts";
import { distinct, type TargetOptions, type Targets, thisMachine } from "./targets.ts";
import { UsageError } from "./usage_error.ts";
import { parseSilence } from "./values.ts";

/** Their values. Those that no topology has a use for are not declared, and not there. */
export interface HostFlags {
  readonly topology: string;
  readonly host?: readonly string[];
  readonly sshConfig?: string;
  readonly silence?: Milliseconds;
}

/** Which of them these topologies have a use for. */
export function hostOptions(topologies: Topologies): Options {
  const all = Object.values(topologies);
  const takesHosts = all.some(({ hosts }) => givenRoles(hosts).length > 0);
  const isFar = takesHosts ||
    all.some(({ hosts }) => Object.values(hosts).flat().some((player) => player !== thisMachine));
  return {
    topology: topologyOption(topologies),
    ...(takesHosts && { host: hostOption(topologies) }),
    ...(isFar && { sshConfig: SSH_CONFIG, silence: SILENCE }),
  };
}

function topologyOption(topologies: Topologies): Option {
  const choices = Object.keys(topologies);
  const about = Object.entries(topologies).map(([name, topology]) => `${name}: ${topology.about}`);
  return {
    kind: "choice",
    value: "name",
    about: about.join("; "),
    choices,
    ...(choices[0] !== undefined && { default: choices[0] }),
  };
}

function hostOption(topologies: Topologies): Option {
  return { kind: "text", value: "role=host", many: true, about: hostHelp(topologies) };
}

const SSH_CONFIG: Option = {
  kind: "path",
  value: "file",
  about: "ssh reads this in place of ~/.ssh/config",
};

const SILENCE: Option = {
  kind: "parsed",
  value: "seconds",
  about: "a host behind ssh that is silent for so long is lost, and ends all there; 0: never",
  parse: parseSilence,
};

/** The hosts that a command line means. */
export function targetsOf(topologies: Topologies, { topology, host = [] }: HostFlags): Targets {
  return resolve(topologies, topology, host);
}

/** What a connection takes of a command line. */
export function targetOptions({ sshConfig, silence }: HostFlags): TargetOptions {
  return {
    ...(sshConfig !== undefined && { sshConfig }),
    ...(silence !== undefined && { silence }),
  };
}

/**
 * Options of a user's own in which paths on the hosts are absolute. What a path means on this machine is
 * decided here; another host has no current directory that one could mean.
 *
 * @throws {UsageError} If one is not absolute, and not every host is this machine.
 */
export function withHostPaths(
  options: Options,
  values: Readonly<Record<string, unknown>>,
  targets: Targets,
  { topology }: HostFlags,
): Record<string, unknown> {
  const isHere = distinct(targets).every((target) => target === thisMachine);
  const absolute = (name: string, path: unknown): unknown => {
    if (Array.isArray(path)) return path.map((each) => absolute(name, each));
    if (typeof path !== "string" || path.startsWith("/")) return path;
    if (isHere) return `${Deno.cwd()}/${path}`;
    throw new UsageError(`${flagOf(name)} must be absolute in --topology ${topology}`);
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      options[name]?.kind === "hostPath" ? absolute(name, value) : value,
    ]),
  );
}
