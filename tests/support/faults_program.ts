/** A program that keeps a stubborn service on a host: for tests that kill it. Prints a line when it is up. */
import { sshHost } from "bailiwick";
import { startStubborn } from "./faults.ts";

const [config] = Deno.args as [string];
const host = await sshHost({ to: "host0", config });
const child = await startStubborn(host);
console.log("up");
await child.wait();
