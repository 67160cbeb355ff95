/** One service: why it is as it is, in one place. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ServiceDetail, ServiceView } from "../../operate/api.ts";
import { read } from "./api.ts";
import { Chart } from "./chart.tsx";
import { restart, sendSignal, start, stop, usersOf } from "./confirm.tsx";
import { EventRow } from "./events.tsx";
import { age, badness, bytes, clock, duration, percent } from "./format.ts";
import { LogView } from "./logs.tsx";
import { State } from "./parts.tsx";
import { linkTo } from "./route.ts";
import { now, services } from "./store.ts";
import { samples } from "./usage.ts";

const SIGNALS = [
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGINT",
  "SIGTERM",
  "SIGSTOP",
  "SIGCONT",
  "SIGKILL",
];

export function Service({ name }: { name: string }) {
  const view = services.value.get(name);
  const [detail, setDetail] = useState<ServiceDetail | undefined>(undefined);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isWanted = true;
    read<ServiceDetail>(`services/${encodeURIComponent(name)}`).then(
      (it) => isWanted && (setDetail(it), setProblem("")),
      (error) => isWanted && setProblem((error as Error).message),
    );
    return () => {
      isWanted = false;
    };
  }, [name, view]);
  if (!view) return <p class="empty">There is no service {name} now.</p>;
  return (
    <section class="screen page service">
      <Head view={view} />
      {problem !== "" && <p class="reason">{problem}</p>}
      <div class="columns">
        <Facts view={view} detail={detail} />
        <Usage name={name} />
      </div>
      <div class="card log">
        <LogView service={name} />
      </div>
      <div class="columns">
        <div class="card">
          <h3>History</h3>
          <div class="history">
            {detail?.history.map((event) => <EventRow key={event.number} event={event} />)}
          </div>
        </div>
        <div class="card">
          <h3>What it is made of</h3>
          <table class="facts">
            <tbody>
              {Object.entries(detail?.fingerprint ?? {}).map(([field, text]) => (
                <Fact key={field} name={field}>
                  <code>{text}</code>
                </Fact>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </section>
  );
}

function Head({ view }: { view: ServiceView }) {
  const isDown = ["stopped", "finished", "failed"].includes(view.state);
  return (
    <div class="head-line">
      <h1>{view.name}</h1>
      <State state={view.state} paused={view.paused} />
      <span class="faint">for {age(view.since, now.value)}</span>
      <div class="buttons">
        {isDown
          ? <button type="button" class="primary" onClick={() => start(view)}>Start</button>
          : <button type="button" onClick={() => stop(view)}>Stop</button>}
        <button type="button" onClick={() => restart(view)}>Restart</button>
        <select
          aria-label="Send a signal"
          value=""
          onChange={({ currentTarget }) => {
            const { value } = currentTarget;
            currentTarget.value = "";
            if (value !== "") sendSignal(view, value);
          }}
        >
          <option value="">Signal…</option>
          {SIGNALS.map((each) => <option key={each}>{each}</option>)}
        </select>
      </div>
    </div>
  );
}

function Facts({ view, detail }: { view: ServiceView; detail: ServiceDetail | undefined }) {
  const { host, pid, started, restarts, address, lastEnd, scope } = view;
  const isLive = badness(view.state) < 2 && view.state !== "finished";
  return (
    <div class="card">
      <table class="facts">
        <tbody>
          {view.reason !== undefined && (
            <Fact name="why">
              <b class="bad">{view.reason}</b>
            </Fact>
          )}
          {view.says !== undefined && <Fact name="says">{view.says}</Fact>}
          {lastEnd && (
            <Fact name="last end">{lastEnd.status}, {lastEnd.state} at {clock(lastEnd.time)}</Fact>
          )}
          <Fact name="host">{host}{isLive && `, process ${pid}`}</Fact>
          {address !== undefined && <Fact name="address">{address}</Fact>}
          <Fact name="started">
            {clock(started)}
            {detail?.timeToReady !== undefined && `, ready after ${duration(detail.timeToReady)}`}
          </Fact>
          <Fact name="restarts">{restarts}</Fact>
          <Fact name="scope">
            <a href={linkTo("scope", scope)}>{scope || "the system"}</a>
          </Fact>
          <Fact name="uses">
            <Names names={view.uses} />
          </Fact>
          <Fact name="used by">
            <Names names={usersOf(view.name)} />
          </Fact>
          {detail && (
            <Fact name="command">
              <code>{detail.command}</code>
            </Fact>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <tr>
      <th>{name}</th>
      <td>{children}</td>
    </tr>
  );
}

function Names({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <span class="faint">nothing</span>;
  return (
    <>
      {names.map((each, at) => (
        <span key={each}>
          {at > 0 && ", "}
          <a href={linkTo("service", each)}>{each}</a>
        </span>
      ))}
    </>
  );
}

function Usage({ name }: { name: string }) {
  const all = samples.value.get(name);
  const [times, cpu, memory] = useMemo(() => [
    (all ?? []).map(({ time }) => time),
    (all ?? []).map((each) => each.cpu),
    (all ?? []).map((each) => each.memory),
  ], [all]);
  return (
    <div class="card charts">
      <Chart title="CPU" times={times!} values={cpu!} format={percent} />
      <Chart title="Memory" times={times!} values={memory!} format={bytes} />
    </div>
  );
}
