/** All that `deno task bench` measures, in its order. A new group of rows is a file and a line here. */
import { copyLarge, copyMany } from "./copy.ts";
import { crash } from "./crash.ts";
import { exits } from "./exits.ts";
import { read, stop } from "./far.ts";
import { gap } from "./gap.ts";
import { gateway } from "./gateway.ts";
import { getpid } from "./getpid.ts";
import { ps } from "./interface.ts";
import { launcher } from "./launcher.ts";
import { memory } from "./memory.ts";
import { orders } from "./orders.ts";
import { recording } from "./recorder.ts";
import type { Group } from "./row.ts";
import { saves } from "./saves.ts";
import { scopes } from "./scopes.ts";
import { scriptRuntime, scriptStart } from "./scripts.ts";
import { run, spawn } from "./spawn.ts";
import { longLink, ssh } from "./ssh.ts";
import { attach, resident } from "./standing.ts";
import { stream } from "./stream.ts";
import { unchanged } from "./unchanged.ts";
import { upgrade } from "./upgrade.ts";

/** Rows that are measured together stand together. */
export const GROUPS: readonly Group[] = [
  getpid,
  spawn,
  run,
  stream,
  memory,
  exits,
  orders,
  ssh,
  longLink,
  stop,
  read,
  copyMany,
  copyLarge,
  gateway,
  launcher,
  scriptStart,
  scriptRuntime,
  scopes,
  crash,
  saves,
  gap,
  attach,
  unchanged,
  upgrade,
  resident,
  ps,
  recording,
];
