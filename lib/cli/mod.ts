/**
 * The command line of a system: {@linkcode main} makes it of what the system says of itself.
 *
 * @module
 */
export type { Address } from "./address.ts";
export { main } from "./main.ts";
export type {
  ChoiceOption,
  KindOption,
  OneValue,
  Option,
  OptionBasics,
  Options,
  ParsedOption,
  ValueKinds,
  ValueOf,
  Values,
} from "./options.ts";
export {
  type CommandOf,
  defineCommand,
  type Ready,
  type SystemOf,
  type Topologies,
  type Topology,
  type UserCommand,
} from "./system.ts";
export {
  type Given,
  givenHost,
  givenHosts,
  type Places,
  type Player,
  type Roles,
  sshTo,
  type Target,
  type TargetOptions,
  thisMachine,
} from "./targets.ts";
export { UsageError } from "./usage_error.ts";
