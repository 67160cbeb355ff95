/** What an earlier program has left, as a claim of this one. */
import type { Claim, Left } from "../../nursery/mod.ts";
import { LateError } from "./errors.ts";

/** Stands for the claim of the earlier program: what it made can be adopted, and nobody here can make it again. */
export function claimOf<T>(
  claim: Claim<T>,
  { fingerprint, holds }: Left<T>,
  path: string,
): Claim<T> {
  const { kind, name, host, overlaps, ends } = claim;
  return {
    ...{ kind, name, host, overlaps, ends, fingerprint, holds, isLate: true },
    start: () => Promise.reject(new LateError(path)),
    adopt: (standing, nursery, signal) => claim.adopt(standing, nursery, signal),
  };
}
