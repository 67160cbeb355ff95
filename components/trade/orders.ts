/**
 * Orders as people have them: lines of orderd's protocol, or CSV as spreadsheets write it. What is in a
 * field is orderd's affair; here a line ends the reading only if it cannot be told what is in which column.
 */
import { parseTable, type Row } from "./csv.ts";

const COLUMNS = ["side", "symbol", "quantity", "price"] as const;

/**
 * The orders in a text, as lines of orderd's protocol. It is CSV if its first line has one of the
 * separators; empty lines are left out.
 *
 * @param source What errors call the text.
 * @throws {Error} If it is CSV that lacks a column, or has a line that cannot be read; with the line's
 * number.
 */
export function readOrders(text: string, source: string): string[] {
  const plain = text.replace(/^\uFEFF/, "");
  const lines = plain.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  if (!isCsv(lines[0] ?? "")) return lines;
  const { heading, separator, rows } = parseTable(plain, source);
  const places = COLUMNS.map((name) => placeOf(name, heading, source));
  return rows.map((row) => orderIn(row, places, separator, source));
}

/** A line of the protocol may have a comma in it by mistake: that is orderd's to say. */
function isCsv(line: string): boolean {
  return /[,;\t]/.test(line) && !/^(BUY|SELL) /.test(line);
}

function placeOf(name: string, heading: Row, source: string): number {
  const names = heading.fields.map((field) => field.toLowerCase());
  const place = names.indexOf(name);
  const where = `${source}, line ${heading.line}`;
  if (place === -1) {
    throw new Error(
      `${where}: no column is called ${name}: the heading must name ${COLUMNS.join(", ")}, ` +
        `and has ${heading.fields.map((field) => JSON.stringify(field)).join(", ")}`,
    );
  }
  if (names.lastIndexOf(name) !== place) {
    throw new Error(`${where}: two columns are called ${name}`);
  }
  return place;
}

function orderIn(
  { line, fields }: Row,
  places: readonly number[],
  separator: string,
  source: string,
): string {
  const words = places.map((place) => fields[place]!);
  const broken = words.findIndex((word) => /\s/.test(word));
  if (broken !== -1) {
    const what = `${COLUMNS[broken]} ${JSON.stringify(words[broken])}`;
    throw new Error(`${source}, line ${line}: ${what} has a space in it`);
  }
  const [side, symbol, quantity, price] = words;
  return `${side} ${symbol} ${quantity} ${withPoint(price!, separator)}`;
}

/** Where fields are not separated by commas, numbers may have a decimal comma. */
function withPoint(price: string, separator: string): string {
  return separator !== "," && /^\d+,\d+$/.test(price) ? price.replace(",", ".") : price;
}
