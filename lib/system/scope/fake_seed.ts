/**
 * Which random histories the tests of scopes go through: the same in each run of the gate; with SCOPES_SEED set to
 * a number others, and with "random" new ones, whose seed a failure prints.
 */
const given = Deno.env.get("SCOPES_SEED") ?? "20261130";

export const SEED: { readonly seed?: number } = given === "random" ? {} : { seed: Number(given) };
