/** A program that copies what has no end, and says when it has begun: for a test that kills it meanwhile. */
import { copyTree, localHost } from "bailiwick";

const [target] = Deno.args;
await using host = await localHost();
await using other = await host.thread.clone();
const copying = copyTree(host.thread, "/proc/self/pagemap", other, target!);
const directory = target!.slice(0, target!.lastIndexOf("/"));
for (;;) {
  const [stage] = Deno.readDirSync(directory);
  if (stage && await Deno.stat(`${directory}/${stage.name}/whole`).catch(() => undefined)) break;
  await host.thread.getpid();
}
Deno.stdout.writeSync(new TextEncoder().encode("."));
await copying;
