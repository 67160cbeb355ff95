/** IP addresses between text and bytes. Octal, shortened and zoned forms are refused, not guessed at. */

/** @throws {RangeError} If it is not four decimal numbers from 0 to 255 with dots between. */
export function encodeIpv4(text: string): Uint8Array {
  const parts = text.split(".");
  const isAddress = parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  if (!isAddress) {
    throw new RangeError(
      `Not an IPv4 address: ${JSON.stringify(text)}, expected one like 127.0.0.1`,
    );
  }
  return Uint8Array.from(parts, Number);
}

/** @throws {RangeError} If it is not an IPv6 address without a zone, RFC 4291. */
export function encodeIpv6(text: string): Uint8Array {
  const [head, tail, ...rest] = text.split("::");
  const before = groups(head!);
  const after = tail === undefined ? [] : groups(tail);
  const missing = 8 - (before?.length ?? 9) - (after?.length ?? 9);
  const isAddress = rest.length === 0 && (tail === undefined ? missing === 0 : missing > 0);
  if (!before || !after || !isAddress) {
    throw new RangeError(`Not an IPv6 address: ${JSON.stringify(text)}, expected one like fe80::1`);
  }
  const all = [...before, ...new Array<number>(missing).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Numbers of the 16-bit groups of one side of "::", the last two perhaps in IPv4's form. */
function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1)!;
  const numbers: number[] = [];
  if (last.includes(".")) {
    parts.pop();
    const ipv4 = tryEncodeIpv4(last);
    if (!ipv4) return undefined;
    numbers.push(ipv4[0]! << 8 | ipv4[1]!, ipv4[2]! << 8 | ipv4[3]!);
  }
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  return [...parts.map((part) => parseInt(part, 16)), ...numbers];
}

function tryEncodeIpv4(text: string): Uint8Array | undefined {
  try {
    return encodeIpv4(text);
  } catch {
    return undefined;
  }
}

/** The canonical form of RFC 5952: lower case, "::" for the first longest run of two zeros or more. */
export function decodeIpv6(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2));
  if (isIpv4Mapped(numbers)) return `::ffff:${bytes.subarray(12, 16).join(".")}`;
  const { start, length } = longestZeros(numbers);
  const hex = numbers.map((number) => number.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function isIpv4Mapped(numbers: readonly number[]): boolean {
  return numbers.slice(0, 5).every((number) => number === 0) && numbers[5] === 0xffff;
}

function longestZeros(numbers: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < numbers.length; start++) {
    let end = start;
    while (numbers[end] === 0) end++;
    if (end - start > longest.length) longest = { start, length: end - start };
  }
  return longest;
}
