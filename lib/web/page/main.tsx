/** @jsxImportSource preact */
/** The page: a running system, live. */
import { render } from "preact";
import { Asking } from "./actions.tsx";
import { takeToken } from "./api.ts";
import { Events } from "./events.tsx";
import { Graph } from "./graph.tsx";
import { hrefOf, route, SCREENS } from "./route.ts";
import { Service } from "./service.tsx";
import { Services } from "./services.tsx";
import { Steps } from "./steps.tsx";
import { follow, measure, model, problem } from "./store.ts";

function Page() {
  const { screen, name } = route.value;
  const known = model.value;
  return (
    <>
      <header>
        <nav aria-label="Screens">
          {SCREENS.map((each, at) => (
            <a
              key={each}
              href={hrefOf({ screen: each })}
              aria-current={each === screen ? "page" : undefined}
              title={`Press ${at + 1}`}
            >
              {each}
            </a>
          ))}
        </nav>
        <span class="hosts">
          {known?.hosts.map(({ host, state, reason }) => (
            <span class={`host ${state}`} title={reason} key={host}>{host} {state}</span>
          ))}
        </span>
      </header>
      {problem.value && <div role="alert" class="outcome bad">{problem.value}</div>}
      <main>
        {!known
          ? <p class="empty">…</p>
          : screen === "service"
          ? <Service model={known} name={name!} key={name} />
          : screen === "graph"
          ? <Graph model={known} />
          : screen === "steps"
          ? <Steps model={known} />
          : screen === "events"
          ? <Events />
          : <Services model={known} />}
      </main>
      <Asking />
    </>
  );
}

function onKey({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void {
  if (ctrlKey || metaKey || altKey || target instanceof HTMLInputElement) return;
  const screen = SCREENS[Number(key) - 1];
  if (screen) location.hash = hrefOf({ screen });
  if (key !== "/") return;
  // The key that was pressed is not to be typed.
  requestAnimationFrame(() =>
    document.querySelector<HTMLInputElement>("input[type=search]")?.focus()
  );
}

takeToken();
addEventListener("keydown", onKey);
render(<Page />, document.body);
void follow();
void measure();
