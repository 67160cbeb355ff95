/** What a scope asks, and what it can be told. */
import { useState } from "preact/hooks";
import type { ScopeView } from "../../operate/api.ts";
import { answer, runScope } from "./confirm.tsx";
import { age } from "./format.ts";
import { State } from "./parts.tsx";
import { linkTo } from "./route.ts";
import { now, scopes, services } from "./store.ts";

/** All that is asked. */
export function Questions() {
  const asking = scopes.value.filter(({ choices }) => choices.length > 0);
  return (
    <section class="screen page">
      {asking.length === 0 && <p class="empty">Nothing is asked.</p>}
      {asking.map((scope) => <Card key={scope.path} scope={scope} />)}
    </section>
  );
}

/** One scope. */
export function Scope({ name }: { name: string }) {
  const scope = scopes.value.find(({ path }) => path === name);
  if (!scope) return <p class="empty">There is no scope {name} now.</p>;
  const within = [...services.value.values()].filter((each) => each.scope === name);
  return (
    <section class="screen page">
      <Card scope={scope} />
      <div class="card">
        <h3>Services</h3>
        <ul class="plain">
          {within.map((each) => (
            <li key={each.name}>
              <a href={linkTo("service", each.name)}>{each.name}</a> <State state={each.state} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Card({ scope }: { scope: ScopeView }) {
  const { path, state, reason, since, choices } = scope;
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const names = Object.entries(scope.arguments);
  return (
    <div class={`card ${choices.length > 0 ? "asks" : ""}`} data-scope={path}>
      <h2>
        <a href={linkTo("scope", path)}>{path === "" ? "the system" : `${path}/`}</a>
        <State state={state} /> <small>{age(since, now.value)}</small>
      </h2>
      {reason !== undefined && <p class="reason">{reason}</p>}
      {names.length > 0 && (
        <table class="facts">
          <tbody>
            {names.map(([name, { value, given: isGiven }]) => (
              <tr key={name}>
                <th>{name}</th>
                <td>
                  <code>{value}</code>
                  {isGiven && <em>given by an operator; goes away with the program</em>}
                </td>
                <td>
                  <input
                    value={given[name] ?? ""}
                    placeholder="another value"
                    aria-label={`${name}: another value`}
                    onInput={({ currentTarget: { value } }) =>
                      setGiven({ ...given, [name]: value })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div class="choices">
        {choices.map(({ label, about }) => (
          <div key={label}>
            <button type="button" class="primary" onClick={() => answer(path, label, values)}>
              {label}
            </button>
            <span>{about}</span>
          </div>
        ))}
        <div>
          <button type="button" onClick={() => runScope(path, values)}>Run again</button>
          <span>runs its body again: what is as it should be stays</span>
        </div>
      </div>
    </div>
  );
}
