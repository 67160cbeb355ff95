import assert from "node:assert/strict";
import { permissionFlags, type ScriptPermissions } from "./permissions.ts";

const OWN = "/store/app";
const ENV = "--allow-env=BAILIWICK_CONFIG,BAILIWICK_READY,LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES";

Deno.test("permissionFlags() allows what is named, and what a script cannot do without", () => {
  const cases: [ScriptPermissions | "all", string[]][] = [
    ["all", ["--allow-all"]],
    [{}, [`--allow-read=${OWN}`, ENV]],
    [{ read: true, env: true, net: false }, ["--allow-read", "--allow-env"]],
    [
      { read: ["/a", "/b c"], env: ["TZ"], net: ["db:5432", "[::1]"], sys: ["hostname"] },
      [
        "--allow-read=/a,/b c,/store/app",
        "--allow-net=db:5432,[::1]",
        ENV.replace("=", "=TZ,"),
        "--allow-sys=hostname",
      ],
    ],
    [{ write: [], run: ["ls"] }, [`--allow-read=${OWN}`, ENV, "--allow-run=ls"]],
  ];
  for (const [permissions, flags] of cases) {
    assert.deepEqual(permissionFlags(permissions, OWN), flags);
  }
});

Deno.test("permissionFlags() throws for what Deno would read as something else", () => {
  for (const item of ["", "/a,b"]) {
    assert.throws(() => permissionFlags({ read: [item] }, OWN), {
      name: "RangeError",
      message: `Deno cannot be told to allow read of ${JSON.stringify(item)}`,
    });
  }
});
