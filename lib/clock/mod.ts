/** Durations, and the clock that everything from the nursery up takes its time from. */
export {
  checkDuration,
  type Clock,
  type Milliseconds,
  minutes,
  seconds,
  systemClock,
} from "./clock.ts";
export { abortable, TimeLimit, within } from "./limit.ts";
