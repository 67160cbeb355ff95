/** Small things that several screens show. */
import { badness } from "./format.ts";

const CLASSES = ["good", "moving", "out", "bad"] as const;

/** A state: its colour is never all that says it. */
export function State({ state, paused }: { state: string; paused?: string | undefined }) {
  const kind = paused === undefined ? CLASSES[badness(state)] : "moving";
  return (
    <span class={`state ${kind}`}>
      <i aria-hidden="true" />
      {paused === undefined ? state : `${state}, paused`}
    </span>
  );
}

/** A field to search by; `/` leads to it. */
export function Search(
  { value, onInput, placeholder }: {
    value: string;
    onInput: (text: string) => void;
    placeholder: string;
  },
) {
  return (
    <input
      class="search"
      type="search"
      value={value}
      placeholder={`${placeholder}  ( / )`}
      aria-label={placeholder}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}
