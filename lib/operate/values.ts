/** Values that come as text, by those that they are to replace. */
import { RequestError, unknownName } from "./problem.ts";

/**
 * Reads texts as values of the types that these names have now.
 *
 * @throws {RequestError} If there is no such name, its value cannot be told by a text, or this is none.
 */
export function valuesLike(
  now: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      if (!(name in now)) throw unknownName("argument", name, Object.keys(now));
      return [name, valueLike(name, now[name], text)];
    }),
  );
}

function valueLike(name: string, now: unknown, text: string): unknown {
  switch (typeof now) {
    case "string":
      return text;
    case "number":
      if (text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
      break;
    case "bigint":
      if (/^-?\d+$/.test(text)) return BigInt(text);
      break;
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      break;
    default:
      return parsed(name, now, text);
  }
  throw new RequestError(400, `${name} is a ${typeof now}, as ${now}; not ${JSON.stringify(text)}`);
}

/** What is plain data can be told as JSON. */
function parsed(name: string, now: unknown, text: string): unknown {
  const isPlain = now === null || Array.isArray(now) ||
    typeof now === "object" && Object.getPrototypeOf(now) === Object.prototype;
  if (!isPlain) {
    throw new RequestError(400, `${name} is no value that a text can tell: give it at the REPL`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, `${name} is told as JSON, as ${JSON.stringify(now)}; not ${text}`);
  }
}
