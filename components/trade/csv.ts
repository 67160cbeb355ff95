/** Tables in CSV (RFC 4180), with whatever separator a spreadsheet's language has. */
import { CsvError, parse } from "csv-parse/sync";

/** One row; its fields are trimmed. */
export interface Row {
  /** The number of its last line in the text, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A table: each row has as many fields as the heading. */
export interface Table {
  readonly separator: string;
  readonly heading: Row;
  readonly rows: readonly Row[];
}

const SEPARATORS = [",", ";", "\t"] as const;

/**
 * Reads a table. Rows without any content are left out, as spreadsheets add them at the end.
 *
 * @param source What errors call the text.
 * @throws {Error} If it is no table; with the number of the line.
 */
export function parseTable(text: string, source: string): Table {
  const separator = separatorOf(text);
  const [heading, ...rows] = readRows(text, separator, source);
  if (heading === undefined) throw new Error(`${source}: there is no heading`);
  const odd = rows.find(({ fields }) => fields.length !== heading.fields.length);
  if (odd) {
    const [has, expected] = [odd.fields.length, heading.fields.length];
    throw new Error(
      `${source}, line ${odd.line}: ${has} fields, and the heading has ${expected}: ` +
        "a field that has the separator in it must be in quotes",
    );
  }
  return { separator, heading, rows };
}

/** The one that is most in the heading. */
function separatorOf(text: string): string {
  const heading = text.trimStart().split(/[\r\n]/, 1)[0]!;
  const count = (separator: string) => heading.split(separator).length;
  return SEPARATORS.reduce((best, other) => count(other) > count(best) ? other : best);
}

function readRows(text: string, separator: string, source: string): Row[] {
  const options = {
    delimiter: separator,
    info: true,
    relaxColumnCount: true,
    skipEmptyLines: true,
    skipRecordsWithEmptyValues: true,
    trim: true,
  } as const;
  try {
    // The types of its options do not tell that `info` changes what a record is.
    const records = parse(text, options) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return records.map(({ record, info }) => ({ line: info.lines, fields: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? `, line ${error["lines"]}` : "";
    throw new Error(`${source}${line}: ${WORDS[error.code] ?? error.message}`, { cause: error });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened, and not closed until the end",
  INVALID_OPENING_QUOTE: "a quote is in the middle of a field: a field is in quotes as a whole",
  CSV_INVALID_CLOSING_QUOTE: "something follows a closing quote: one in a field is written twice",
};
