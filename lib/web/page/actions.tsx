/** @jsxImportSource preact */
/** Actions: each is confirmed, and what came of it is said. */
import { signal } from "@preact/signals";
import type { Actions, ScopeView } from "../../operate/api.ts";
import { act } from "./api.ts";

interface Asked {
  readonly question: string;
  readonly does: () => Promise<string>;
}

const asked = signal<Asked | undefined>(undefined);
const said = signal<{ readonly text: string; readonly isBad: boolean } | undefined>(undefined);

/** Asks whether it is to be done. */
function confirm<K extends keyof Actions>(question: string, kind: K, what: Actions[K]): void {
  asked.value = { question, does: async () => (await act(kind, what)).message };
}

async function go({ does }: Asked): Promise<void> {
  asked.value = undefined;
  said.value = { text: "Under way…", isBad: false };
  try {
    said.value = { text: await does(), isBad: false };
  } catch (error) {
    said.value = { text: (error as Error).message, isBad: true };
  }
}

/** The buttons of a service. */
export function ServiceActions({ service, runs }: { service: string; runs: boolean }) {
  return (
    <span class="actions">
      <button
        type="button"
        onClick={() => confirm(`Start ${service} anew?`, "restart", { service })}
      >
        Restart
      </button>
      {runs
        ? (
          <button
            type="button"
            class="danger"
            onClick={() => confirm(`Stop ${service}?`, "stop", { service })}
          >
            Stop
          </button>
        )
        : (
          <button
            type="button"
            onClick={() => confirm(`Start ${service}?`, "start", { service })}
          >
            Start
          </button>
        )}
    </span>
  );
}

/** What a scope asks, with a button for each choice. */
export function Choices({ scope }: { scope: ScopeView }) {
  const { path, reason, choices } = scope;
  return (
    <section class="asks" aria-label={`Scope ${path || "(system)"} asks`}>
      <strong>{path || "(system)"}</strong> asks: {reason}
      <ul>
        {choices.map(({ label, about }) => (
          <li key={label}>
            <button
              type="button"
              onClick={() =>
                confirm(`Answer ${path || "the system"} with “${label}”?`, "answer", {
                  scope: path,
                  choice: label,
                })}
            >
              {label}
            </button>{" "}
            {about}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The question, and what came of the last action. */
export function Asking() {
  const question = asked.value;
  const outcome = said.value;
  return (
    <>
      {outcome && (
        <div role="status" class={outcome.isBad ? "outcome bad" : "outcome"}>
          {outcome.text}
          <button type="button" aria-label="Close" onClick={() => said.value = undefined}>×</button>
        </div>
      )}
      {question && (
        <div
          class="veil"
          onKeyDown={({ key }) => key === "Escape" && (asked.value = undefined)}
        >
          <div role="alertdialog" aria-modal="true" aria-label={question.question}>
            <p>{question.question}</p>
            <button type="button" onClick={() => go(question)} ref={(button) => button?.focus()}>
              Yes
            </button>
            <button type="button" onClick={() => asked.value = undefined}>No</button>
          </div>
        </div>
      )}
    </>
  );
}
