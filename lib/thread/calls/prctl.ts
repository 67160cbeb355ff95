/** Calls of <sys/prctl.h>. */
import { PR } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { Name } from "../names.ts";
import { type Result, type Value, valueArgument } from "../result.ts";
import { nothing } from "./arguments.ts";

/** TASK_COMM_LEN: bytes of a process's name, its NUL included. */
const NAME_SIZE = 16;
const utf8 = new TextDecoder();

/** prctl(2). Text and bytes are passed by their address, ended by NUL. */
export const prctl: CallFunction<
  [option: PR, ...args: (Value | string | Uint8Array)[]],
  Result<number>
> = defineCall(
  "prctl",
  Infinity,
  (e, option, ...args) => {
    const given = args.map((each) =>
      typeof each === "string" || each instanceof Uint8Array ? e.cstring(each) : valueArgument(each)
    );
    return e.call("prctl", [option, ...given], { what: `prctl ${option}` });
  },
);

/** prctl(2) PR_SET_NAME: what ps(1) shows of the thread; 15 bytes of it are kept. */
export const setProcessName: CallFunction<[name: Name], Result<void>> = defineCall(
  "setProcessName",
  1,
  (e, name) =>
    e.call("prctl", [PR.SET_NAME, e.cstring(name)], { what: "set the name", decode: nothing }),
);

/** prctl(2) PR_GET_NAME. */
export const getProcessName: CallFunction<[], Result<string>> = defineCall(
  "getProcessName",
  0,
  (e) => {
    const { ref, output } = e.output(NAME_SIZE);
    return e.call("prctl", [PR.GET_NAME, ref], {
      what: "get the name",
      decode: (_, answer) => {
        const bytes = answer.output(output);
        return utf8.decode(bytes.subarray(0, bytes.indexOf(0)));
      },
    });
  },
);

/**
 * prctl(2) PR_SET_NO_NEW_PRIVS: whatever the thread executes from now on gains nothing by set-user-ID or
 * file capabilities. It cannot be taken back.
 */
export const noNewPrivs: CallFunction<[], Result<void>> = defineCall(
  "noNewPrivs",
  0,
  (e) =>
    e.call("prctl", [PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0], {
      what: "give up new privileges",
      decode: nothing,
    }),
);
