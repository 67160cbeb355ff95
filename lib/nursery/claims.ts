/** The seam of `keeper.ts`, for nurseries. */
import type * as seam from "./keeper.ts";
import type { Nursery } from "./nursery.ts";

/** Keeps what has a name from one run of a nursery's body to the next. */
export type Keeper = seam.Keeper<Nursery>;

/** A name that is asked for, and what it is to be. */
export type Claim<T> = seam.Claim<T, Nursery>;

/** Where something is made that outlives a run. */
export type Place = seam.Place<Nursery>;
