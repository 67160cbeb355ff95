/** @jsxImportSource preact */
/** One service: why it is as it is, what it is made of, what it says. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ServiceDetail, Snapshot } from "../../operate/api.ts";
import { ServiceActions } from "./actions.tsx";
import { getService } from "./api.ts";
import { Charts } from "./chart.tsx";
import { EventList } from "./events.tsx";
import { Log } from "./log.tsx";
import { hrefOf } from "./route.ts";
import { lives, State } from "./services.tsx";
import { age } from "./words.ts";

export function Service({ model, name }: { model: Snapshot; name: string }) {
  const detail = useSignal<ServiceDetail | undefined>(undefined);
  const view = model.services.find((each) => each.name === name);
  useEffect(() => {
    getService(name).then((found) => detail.value = found, () => detail.value = undefined);
  }, [name, view?.instance, view?.state]);
  if (!view) return <p class="empty">There is no service {name}</p>;
  const found = detail.value;
  return (
    <div class="service scroll">
      <h1>
        {name} <State state={view.paused ? "paused" : view.state} />
        <ServiceActions service={name} runs={lives(view.state)} />
      </h1>
      <dl>
        <Fact label="For">{age(Date.parse(model.time) - Date.parse(view.since))}</Fact>
        <Fact label="Why">{view.reason}</Fact>
        <Fact label="Last end">
          {view.lastEnd && `${view.lastEnd.status}, ${view.lastEnd.time}`}
        </Fact>
        <Fact label="Says">{view.says}</Fact>
        <Fact label="Where">{view.host}, pid {view.pid}</Fact>
        <Fact label="Address">{view.address}</Fact>
        <Fact label="Restarts">{view.restarts}</Fact>
        <Fact label="Ready in">{found?.timeToReady && `${found.timeToReady.toFixed(1)} ms`}</Fact>
        <Fact label="Uses">{view.uses.length > 0 && <Names names={view.uses} />}</Fact>
        <Fact label="Used by">{found?.usedBy.length && <Names names={found.usedBy} />}</Fact>
        <Fact label="Command">
          <code>{found?.command}</code>
        </Fact>
      </dl>
      <Charts service={name} key={name} />
      <Log service={name} />
      {found && (
        <>
          <details>
            <summary>Made of</summary>
            <dl>
              {Object.entries(found.fingerprint).map(([field, text]) => (
                <Fact label={field} key={field}>
                  <code>{text}</code>
                </Fact>
              ))}
            </dl>
          </details>
          <details open>
            <summary>History</summary>
            <EventList events={found.history} />
          </details>
        </>
      )}
    </div>
  );
}

// deno-lint-ignore no-explicit-any
function Fact({ label, children }: { label: string; children?: any }) {
  const isNothing = children === undefined || children === false || children === 0 ||
    children === "";
  if (isNothing && label !== "Restarts") return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.map((name) => (
        <a href={hrefOf({ screen: "service", name })} key={name} class="name">{name}</a>
      ))}
    </>
  );
}
