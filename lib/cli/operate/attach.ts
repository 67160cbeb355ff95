/** `attach`: JavaScript in the running program. */
import { EXIT, print } from "../../tools/mod.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";
import { Attached } from "./attached.ts";
import { programOf, untilGone } from "./program.ts";

/** What `attach` takes. */
export interface AttachFlags extends SystemFlags {
  readonly evaluate?: string;
  readonly readOnly: boolean;
}

/**
 * Evaluates one expression, or what somebody types until he leaves.
 *
 * @throws {UsageError} If no program is there.
 */
export async function attach(system: AnySystem, flags: AttachFlags): Promise<void> {
  using client = await programOf(system, flags);
  const session = new Attached(client, flags.readOnly);
  if (flags.evaluate === undefined) {
    const { typed } = await import("./prompt.ts");
    await untilGone(() => typed(session, systemNameOf(system, flags)));
  } else await evaluateOne(session, flags.evaluate);
  // A program may be at work on what was typed, and answers to nobody.
  Deno.exit();
}

async function evaluateOne(session: Attached, code: string): Promise<void> {
  const answer = await session.evaluate(code, print);
  if ("result" in answer) return print(answer.result);
  console.error(answer.error);
  Deno.exitCode = EXIT.FAILED;
}
