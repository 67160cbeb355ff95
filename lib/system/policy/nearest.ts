/**
 * The one of these words that takes the fewest changes of a letter to become `word`; the first of several. Of a path
 * its last part may be meant.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const far = (other: string) =>
    Math.min(
      ...[other, other.slice(other.lastIndexOf("/") + 1)].map((each) => distance(word, each)),
    );
  return words.toSorted((a, b) => far(a) - far(b))[0];
}

/** How many letters must be put in, taken out or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let at = 0; at < to.length; at++) {
      const replaced = row[at]! + (letter === to[at] ? 0 : 1);
      next.push(Math.min(replaced, row[at + 1]! + 1, next[at]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
