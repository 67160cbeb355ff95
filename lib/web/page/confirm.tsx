/** Actions: each is confirmed, is asked for once, and says what came of it. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Actions, ServiceView } from "../../operate/api.ts";
import { act } from "./api.ts";
import { services } from "./store.ts";

/** What is to be confirmed. */
interface Asked {
  readonly title: string;
  readonly about: string;
  readonly verb: string;
  readonly danger: boolean;
  readonly run: () => Promise<{ readonly message: string }>;
}

interface Said {
  readonly text: string;
  readonly state: "under way" | "done" | "failed";
}

const asked = signal<Asked | undefined>(undefined);
const said = signal<Said | undefined>(undefined);

/** Asks whether something is to be done. */
export function confirm(what: Asked): void {
  asked.value = what;
}

const of = <K extends keyof Actions>(kind: K, body: Actions[K]) => () => act(kind, body);

/** The services that were given one, directly. */
export function usersOf(name: string): string[] {
  return [...services.value.values()].filter(({ uses }) => uses.includes(name))
    .map((each) => each.name);
}

export function restart({ name }: ServiceView): void {
  const users = usersOf(name);
  const also = users.length === 0 ? "" : ` What holds its process follows: ${users.join(", ")}.`;
  confirm({
    ...{ title: `Restart ${name}?`, about: `It is stopped and started anew.${also}` },
    ...{ verb: "Restart", danger: false, run: of("restart", { service: name }) },
  });
}

export function stop({ name }: ServiceView): void {
  const users = usersOf(name);
  const also = users.length === 0 ? "" : ` What uses it stops first: ${users.join(", ")}.`;
  confirm({
    ...{ title: `Stop ${name}?`, about: `It stays down until somebody starts it.${also}` },
    ...{ verb: users.length === 0 ? "Stop" : "Stop all", danger: true },
    run: of("stop", { service: name, withDependents: users.length > 0 }),
  });
}

export function start({ name }: ServiceView): void {
  confirm({
    ...{ title: `Start ${name}?`, about: "It is started as it was last.", verb: "Start" },
    ...{ danger: false, run: of("start", { service: name }) },
  });
}

export function sendSignal({ name, pid }: ServiceView, signal: string): void {
  confirm({
    ...{ title: `Send ${signal} to ${name}?`, about: `Its process is ${pid}.`, verb: "Send" },
    ...{ danger: signal === "SIGKILL", run: of("signal", { service: name, signal }) },
  });
}

type Values = Readonly<Record<string, string>>;

function inWords(values: Values): string {
  const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return words.length === 0 ? "Its arguments stay." : `With ${words.join(", ")}.`;
}

export function runScope(scope: string, values: Values): void {
  confirm({
    ...{ title: `Run ${scope || "the system"} again?`, about: inWords(values), verb: "Run" },
    ...{ danger: false, run: of("run", { scope, arguments: values }) },
  });
}

export function answer(scope: string, choice: string, values: Values): void {
  confirm({
    ...{ title: `Answer ${scope || "the system"}: ${choice}?`, about: inWords(values) },
    ...{ verb: "Answer", danger: choice === "fail" },
    run: of("answer", { scope, choice, arguments: values }),
  });
}

async function go({ run, title }: Asked): Promise<void> {
  asked.value = undefined;
  const what = title.replace(/\?$/, "");
  said.value = { text: `${what}: under way`, state: "under way" };
  try {
    said.value = { text: (await run()).message || `${what}: done`, state: "done" };
  } catch (error) {
    said.value = { text: `${what}: ${(error as Error).message}`, state: "failed" };
  }
}

export function Confirmation() {
  const dialog = useRef<HTMLDialogElement>(null);
  const what = asked.value;
  useEffect(() => {
    if (what) dialog.current!.showModal();
    else dialog.current!.close();
  }, [what]);
  return (
    <>
      <dialog ref={dialog} class="confirm" onClose={() => asked.value = undefined}>
        <h2>{what?.title}</h2>
        <p>{what?.about}</p>
        <div class="buttons">
          <button type="button" onClick={() => asked.value = undefined}>Cancel</button>
          <button
            type="button"
            class={what?.danger ? "danger" : "primary"}
            autofocus
            onClick={() => what && go(what)}
          >
            {what?.verb}
          </button>
        </div>
      </dialog>
      <div class={`said ${said.value ? said.value.state.replace(" ", "-") : "none"}`} role="status">
        {said.value?.text}
        {said.value && (
          <button
            type="button"
            aria-label="Close"
            onClick={() => said.value = undefined}
          >
            ×
          </button>
        )}
      </div>
    </>
  );
}
