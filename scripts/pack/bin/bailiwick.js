#!/usr/bin/env node
// npm runs this by node; the command is run by the deno that came with the package.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const deno = createRequire(import.meta.url).resolve("deno/bin.cjs");
const command = fileURLToPath(new URL("../lib/cli/bailiwick.js", import.meta.url));
const args = [deno, "run", "-A", "--quiet", command, ...process.argv.slice(2)];
const { status, error } = spawnSync(process.execPath, args, { stdio: "inherit" });
if (error) throw error;
process.exit(status ?? 1);
