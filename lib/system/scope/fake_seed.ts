/**
 * Which random histories the tests of scopes go through: the same in each run of the gate; with SCOPES_SEED set to
 * a number others, and with "random" new ones. See docs/scopes.md for what new ones still find.
 */
const given = Deno.env.get("SCOPES_SEED") ?? "20261130";

export const SEED: { readonly seed?: number } = given === "random" ? {} : { seed: Number(given) };
