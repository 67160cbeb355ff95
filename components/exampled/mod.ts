/** exampled: the least that a component can be. It talks to the world by files in its directory. */
import { BuiltinPackage, deploy, monitor, type Nursery, type Path, type Thread } from "bailiwick";

const exampledPackage = new BuiltinPackage("exampled", {
  x86_64: new URL("../../dist/native/x86_64/exampled", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/exampled", import.meta.url),
});

/** A running exampled. */
export class Exampled {
  /** Where it puts its files. */
  readonly workdir: Path;

  constructor(workdir: Path) {
    this.workdir = workdir;
  }
}

/** Starts exampled in `workdir`; returns once its files are there. */
export async function startExampled(
  nursery: Nursery,
  thread: Thread,
  workdir: Path,
): Promise<Exampled> {
  // deploy the daemon to the thread's host, unless it is there
  const pkg = await deploy(thread, exampledPackage);
  // the command to run
  const command = pkg.bin("exampled").args("--verbose", "--do-stuff-fast", "--ready-fd", 3);
  // the thread to run it in: a process under our control
  const childThread = await thread.clone();
  // its working directory, which the daemon inherits
  await childThread.mkdir(workdir);
  await childThread.chdir(workdir);
  // the thread becomes the daemon
  const childProcess = await childThread.exec(command, { ready: 3 });
  // an unclean exit fails the nursery from now on
  monitor(nursery, childProcess);
  await childProcess.ready;
  return new Exampled(workdir);
}
