/** The frame of all screens: where one is, how the program is, and the keys. */
import type { FunctionComponent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Confirmation } from "./confirm.tsx";
import { Events } from "./events.tsx";
import { count } from "./format.ts";
import { Graph } from "./graph.tsx";
import { Logs } from "./logs.tsx";
import { goTo, linkTo, route } from "./route.ts";
import { Questions, Scope } from "./scope.tsx";
import { Service } from "./service.tsx";
import { onServicesKey, Services } from "./services.tsx";
import { link, program, scopes, services } from "./store.ts";
import { Steps } from "./steps.tsx";

/** Those that are always a key away. */
const SCREENS = [
  ["services", "Services"],
  ["graph", "Graph"],
  ["logs", "Logs"],
  ["steps", "Steps"],
  ["events", "Events"],
  ["questions", "Questions"],
] as const;

const VIEWS: Readonly<Record<string, FunctionComponent<{ name: string }>>> = {
  services: Services,
  graph: Graph,
  logs: Logs,
  steps: Steps,
  events: Events,
  questions: Questions,
  service: Service,
  scope: Scope,
};

const KEYS = [
  ["1 – 6", "the screens, as they stand above"],
  ["/", "search"],
  ["↑ ↓ or j k", "go through the services"],
  ["Enter", "open one"],
  ["l", "its log"],
  ["r", "restart it"],
  ["Esc", "leave a field; go back"],
  ["?", "these keys"],
] as const;

export function App() {
  const { screen, name } = route.value;
  const View = VIEWS[screen] ?? Services;
  const questions = scopes.value.filter(({ choices }) => choices.length > 0).length;
  const [help, setHelp] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => onKey(event, setHelp);
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  useEffect(() => {
    document.title = `${program.value?.system ?? "Bailiwick"} · ${name || screen}`;
  }, [screen, name, program.value]);
  return (
    <>
      <header>
        <a class="system" href={linkTo("services")}>
          <img src="/icon.svg" alt="" width="22" height="22" />
          {program.value?.system ?? ""}
        </a>
        <nav>
          {SCREENS.map(([to, title], index) => (
            <a
              key={to}
              href={linkTo(to)}
              aria-current={to === screen ? "page" : undefined}
              title={`Key ${index + 1}`}
            >
              {title}
              {to === "questions" && questions > 0 && <b class="badge">{count(questions)}</b>}
            </a>
          ))}
        </nav>
        <Link />
        <button type="button" class="quiet" aria-label="Keys" onClick={() => setHelp(true)}>
          ?
        </button>
      </header>
      {questions > 0 && screen !== "questions" && screen !== "scope" && (
        <a class="banner" href={linkTo("questions")}>
          {questions === 1 ? "A scope asks" : `${count(questions)} scopes ask`}{" "}
          what is to be done: answer
        </a>
      )}
      <main>
        {link.value === "refused" ? <Refused /> : <View key={`${screen} ${name}`} name={name} />}
      </main>
      <Confirmation />
      <Help open={help} onClose={() => setHelp(false)} />
    </>
  );
}

const WORDS = { connecting: "connecting", live: "live", lost: "no program", refused: "refused" };

function Link() {
  const { value } = link;
  const kind = value === "live" ? "good" : value === "connecting" ? "moving" : "bad";
  const about = program.value;
  return (
    <span
      class={`state link ${kind}`}
      title={about && `${about.program}, pid ${about.pid}, since ${about.since}`}
    >
      <i aria-hidden="true" />
      {value === "live" && about?.ready === false ? "getting ready" : WORDS[value]}
      <small>{count(services.value.size)}</small>
    </span>
  );
}

function Refused() {
  return (
    <p class="empty">
      The program does not know this page. Open the address that <code>dashboard</code>{" "}
      prints: each program has its own.
    </p>
  );
}

function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current!.showModal();
    else dialog.current!.close();
  }, [open]);
  return (
    <dialog ref={dialog} onClose={onClose} onClick={onClose}>
      <h2>Keys</h2>
      <dl class="keys">
        {KEYS.map(([key, what]) => [<dt key={key}>{key}</dt>, <dd key={what}>{what}</dd>])}
      </dl>
    </dialog>
  );
}

function onKey(event: KeyboardEvent, setHelp: (open: boolean) => void): void {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
    return;
  }
  if (target instanceof HTMLElement && target.matches("input, textarea, select")) {
    if (key === "Escape") target.blur();
    return;
  }
  if (key === "Enter" && target instanceof HTMLElement && target.matches("a, button")) return;
  const screen = SCREENS[Number(key) - 1];
  if (screen) goTo(screen[0]);
  else if (key === "/") document.querySelector<HTMLInputElement>("input.search")?.focus();
  else if (key === "?") setHelp(true);
  else if (key === "Escape" && route.value.name) history.back();
  else if (route.value.screen !== "services" || !onServicesKey(key)) return;
  event.preventDefault();
}
