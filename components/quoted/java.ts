/** Finding the Java virtual machine of a host. */
import { type Path, S, SyscallError, type Thread } from "bailiwick";

/** Where Debian and most others have them. */
const MACHINES = "/usr/lib/jvm";

/** No Java virtual machine was found on a host; the message says where it was looked for. */
export class NoJavaError extends Error {
  override readonly name = "NoJavaError";
}

/**
 * The `java` of a host: that of its JAVA_HOME, else the first of its PATH, else the first below
 * `/usr/lib/jvm`, where `default-java` comes before all others.
 *
 * @throws {NoJavaError} If there is none.
 */
export async function findJava(thread: Thread): Promise<Path> {
  const { JAVA_HOME, PATH = "/usr/local/bin:/usr/bin:/bin" } = thread.host.environment;
  const directories = [
    ...(JAVA_HOME ? [`${JAVA_HOME}/bin`] : []),
    ...PATH.split(":").filter((directory) => directory.startsWith("/")),
    ...(await machinesOf(thread)).map((name) => `${MACHINES}/${name}/bin`),
  ];
  const places = directories.map((directory) => thread.path(directory).join("java"));
  const found = await Promise.all(places.map((place) => isExecutable(thread, place)));
  const java = places[found.indexOf(true)];
  if (java) return java;
  throw new NoJavaError(
    `Host ${thread.host.name} has no java: looked for it in ${directories.join(", ")}; ` +
      "install one there, as by Debian's package default-jre-headless",
  );
}

async function machinesOf(thread: Thread): Promise<string[]> {
  const entries = await ifThere(thread.readDirectory(MACHINES)) ?? [];
  const rank = (name: string) => name === "default-java" ? 0 : 1;
  return entries.map(({ name }) => name)
    .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

async function isExecutable(thread: Thread, place: Path): Promise<boolean> {
  const metadata = await ifThere(thread.stat(place));
  return metadata !== undefined && metadata.isFile && (metadata.mode & S.IXUSR) !== 0;
}

async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
