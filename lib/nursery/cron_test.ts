import assert from "node:assert/strict";
import { CronLine } from "./cron.ts";

function times(line: string, timeZone: string, after: string, count: number): string[] {
  const cron = new CronLine(line, timeZone);
  let time = Date.parse(after);
  return Array.from({ length: count }, () => new Date(time = cron.next(time)).toISOString())
    .map((text) => text.replace(":00.000Z", "Z"));
}

Deno.test("CronLine.next() is after the time given, by minute, hour, day, month and weekday", () => {
  const cases: [string, string, string[]][] = [
    ["* * * * *", "2024-02-28T23:59Z", ["2024-02-29T00:00Z", "2024-02-29T00:01Z"]],
    ["*/20 9-10 * * *", "2024-01-01T09:20Z", [
      ...["2024-01-01T09:40Z", "2024-01-01T10:00Z", "2024-01-01T10:20Z", "2024-01-01T10:40Z"],
      "2024-01-02T09:00Z",
    ]],
    ["5/25 0 * * *", "2024-01-01T00:00Z", [
      ...["2024-01-01T00:05Z", "2024-01-01T00:30Z", "2024-01-01T00:55Z", "2024-01-02T00:05Z"],
    ]],
    ["0 0 29 2 *", "2096-03-01T00:00Z", ["2104-02-29T00:00Z"]],
    ["30 6 * * Mon-Fri", "2024-01-05T06:30Z", ["2024-01-08T06:30Z"]],
    ["0 12 * JAN,jul 7", "2024-01-22T00:00Z", ["2024-01-28T12:00Z", "2024-07-07T12:00Z"]],
    ["0 12 * * sun", "2024-01-01T00:00Z", ["2024-01-07T12:00Z"]],
    ["0 0 13 * 5", "2024-09-01T00:00Z", [
      ...["2024-09-06T00:00Z", "2024-09-13T00:00Z", "2024-09-20T00:00Z"],
    ]],
    ["@monthly", "2024-12-01T00:00Z", ["2025-01-01T00:00Z"]],
    [" @hourly ", "2024-12-31T23:30Z", ["2025-01-01T00:00Z"]],
  ];
  for (const [line, after, expected] of cases) {
    assert.deepEqual(times(line, "UTC", after, expected.length), expected, line);
  }
});

Deno.test("CronLine.next() is by the clocks of its time zone", () => {
  assert.deepEqual(times("0 3 * * *", "Asia/Kolkata", "2024-01-01T00:00Z", 1), [
    "2024-01-01T21:30Z",
  ]);
  // In Berlin 02:00 to 03:00 is missing on 31 March, and comes twice on 27 October.
  assert.deepEqual(times("30 2 * * *", "Europe/Berlin", "2024-03-30T12:00Z", 2), [
    ...["2024-03-31T01:30Z", "2024-04-01T00:30Z"],
  ]);
  assert.deepEqual(times("30 2 * * *", "Europe/Berlin", "2024-10-26T12:00Z", 2), [
    ...["2024-10-27T00:30Z", "2024-10-28T01:30Z"],
  ]);
  assert.deepEqual(times("30 * * * *", "Europe/Berlin", "2024-10-26T23:00Z", 4), [
    ...["2024-10-26T23:30Z", "2024-10-27T00:30Z", "2024-10-27T01:30Z", "2024-10-27T02:30Z"],
  ]);
  assert.deepEqual(times("30 * * * *", "Europe/Berlin", "2024-03-31T00:00Z", 2), [
    ...["2024-03-31T00:30Z", "2024-03-31T01:30Z"],
  ]);
});

Deno.test("CronLine() refuses what is no cron line, and says why", () => {
  const cases: [string, RegExp][] = [
    ["", /it has five fields/],
    ["* * * *", /it has five fields/],
    ["@reboot", /it has five fields/],
    ["60 * * * *", /the minute is from 0 to 59, not "60"/],
    ["* -1 * * *", /the hour is from 0 to 23, not ""/],
    ["* * 0 * *", /the day of the month is from 1 to 31, not "0"/],
    ["* * * 13 *", /the month is from 1 to 12/],
    ["* * * * 8", /the day of the week is from 0 to 7/],
    ["* * * * funday", /the day of the week is from 0 to 7, not "funday"/],
    ["*/0 * * * *", /the minute cannot be \*\/0/],
    ["9-5 * * * *", /the minute cannot be 9-5/],
    ["1,,2 * * * *", /the minute is from 0 to 59, not ""/],
    ["1/x * * * *", /the minute is from 0 to 59, not ""/],
    ["0 0 30 2 *", /no day is ever one of these/],
  ];
  for (const [line, message] of cases) {
    assert.throws(() => new CronLine(line), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`Not a cron line: ${JSON.stringify(line)}: `));
      return error instanceof RangeError;
    });
  }
  assert.throws(() => new CronLine("@daily", "Europe/Atlantis"), RangeError);
});
