/**
 * The store: where packages lie on a host, each in a directory named by the hash of its content.
 *
 * A package is written under a temporary name, read back and compared, and renamed into place as the
 * last step, so that a directory with a package's name is always whole. Two deploys of one package
 * write under different names, and the second to rename finds the first's result.
 *
 * What a deploy is writing to is locked by a descriptor of its thread, so the kernel unlocks it however
 * that ends. A temporary directory that is not locked was left by an interrupted deploy: the next one
 * that writes removes it.
 */
import { createHash } from "node:crypto";
import { Foresight, SyscallError } from "../agent/mod.ts";
import type { Moved } from "../model/mod.ts";
import {
  type FileDescriptor,
  type HostInfo,
  Path,
  type SyscallThread,
  type Thread,
  type User,
} from "../thread/mod.ts";
import { type PackageContent, sizeOf } from "./content.ts";
import {
  availableAt,
  checkPlace,
  isPresent,
  storePlaces,
  UnusablePlaceError,
  userPlaces,
} from "./places.ts";
import { makingName, sweep } from "./stale.ts";
import { makeDirectories, verifyFiles, writeFiles } from "./write.ts";

/** No place of the host can hold a package that can be executed; the message says why for each. */
export class NoStoreError extends Error {
  override readonly name = "NoStoreError";
}

/** The directory of the store that is tried first: private to the user that the thread runs as. */
export function storePath(thread: SyscallThread): Path {
  return new Path(thread.host, storePlaces(thread.host)[0]!);
}

/** A place that can hold packages. */
export interface StoreSpace {
  readonly path: Path;
  /** Bytes that the user can still write there. */
  readonly available: number;
}

/**
 * The first place that can hold packages, without making anything there.
 *
 * @throws {NoStoreError} If none can be written to; it says why for each.
 */
export async function storeSpace(thread: Thread): Promise<StoreSpace> {
  const reasons: string[] = [];
  for (const place of storePlaces(thread.host)) {
    const path = thread.path(place);
    try {
      return { path, available: await availableAt(thread, path) };
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      reasons.push(`${place}: ${error.message}`);
    }
  }
  throw noStore(`Packages cannot be deployed to host ${thread.host.name}`, OWN, reasons);
}

const OWN = "set XDG_CACHE_HOME there to one that can";

function noStore(problem: string, remedy: string, reasons: readonly string[]): NoStoreError {
  return new NoStoreError(
    `${problem}: no place can hold them; ${remedy}\n  ${reasons.join("\n  ")}`,
  );
}

const names = new WeakMap<PackageContent, string>();

/** The directory name of a package: its name and what it holds. */
export function storeName(content: PackageContent): string {
  let name = names.get(content);
  if (name === undefined) names.set(content, name = nameOf(content));
  return name;
}

function nameOf({ name, files }: PackageContent): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const { path, mode } = file;
    hash.update(`${path.length} ${path} ${mode} ${sizeOf(file)}\n`);
    hash.update("content" in file ? file.content : file.sha256);
  }
  return `${hash.digest("hex").slice(0, 32)}-${name}`;
}

/** What this program knows of the stores of one host and one of its users. */
interface Known {
  /** Who is let into the store, if that is another than the host's user. */
  readonly user: User | undefined;
  readonly places: readonly string[];
  /** The place that holds packages. */
  place?: string;
  /** Where packages were found or put, by their names. */
  readonly paths: Map<string, Path>;
  /** The last deploy of each package, which the next one of it waits for. */
  readonly last: Map<string, Promise<void>>;
}

/** How often a directory is made anew when another deploy's sweep has come in between. */
const TRIES = 8;

const known = new WeakMap<HostInfo, Map<number, Known>>();

/**
 * Puts a package into the store unless it is there, and returns its directory. It is looked for in one
 * round trip. With a user it is put where that one can read it. Who only looks at what would be done gets where
 * it would be.
 */
export async function putPackage(
  thread: Thread,
  content: PackageContent,
  moved: Moved,
  user?: User,
): Promise<Path> {
  const of = knownOf(thread.host, user);
  const name = storeName(content);
  const found = await find(thread, of, name, content);
  if (!found && Foresight.current) return thread.path(of.place ?? of.places[0]!).join(name);
  const path = found ??
    await inTurn(of.last, name, async (waited) => {
      const made = waited ? await find(thread, of, name, content) : undefined;
      return made ?? await putSomewhere(thread, of, name, content, moved);
    });
  of.paths.set(name, path);
  return path;
}

/** Where a package was when it was looked for last; undefined if that was not yet. */
export function knownPackage(
  host: HostInfo,
  content: PackageContent,
  user?: User,
): Path | undefined {
  return knownOf(host, user).paths.get(storeName(content));
}

function knownOf(host: HostInfo, user: User | undefined): Known {
  const { uid = host.uid } = user ?? {};
  let all = known.get(host);
  if (!all) known.set(host, all = new Map());
  let of = all.get(uid);
  if (!of) {
    const other = uid === host.uid || uid === 0 ? undefined : user;
    const places = other ? userPlaces(host, other) : storePlaces(host);
    all.set(uid, of = { user: other, places, paths: new Map(), last: new Map() });
  }
  return of;
}

/** Runs tasks of one name one after the other, so that the second finds what the first has written. */
async function inTurn<T>(
  last: Map<string, Promise<void>>,
  name: string,
  task: (waited: boolean) => Promise<T>,
): Promise<T> {
  const before = last.get(name);
  const mine = Promise.withResolvers<void>();
  last.set(name, mine.promise);
  try {
    await before;
    return await task(before !== undefined);
  } finally {
    if (last.get(name) === mine.promise) last.delete(name);
    mine.resolve();
  }
}

/** Looks in the place that is known to be used, else in all of them at once. */
async function find(
  thread: Thread,
  of: Known,
  name: string,
  content: PackageContent,
): Promise<Path | undefined> {
  const places = of.place === undefined ? of.places : [of.place];
  const present = await Promise.all(places.map((place) => isPresent(thread, place, name, content)));
  const place = places[present.indexOf(true)];
  if (place === undefined) return undefined;
  of.place = place;
  return thread.path(place).join(name);
}

async function putSomewhere(
  thread: Thread,
  of: Known,
  name: string,
  content: PackageContent,
  moved: Moved,
): Promise<Path> {
  const reasons: string[] = [];
  for (const place of of.places) {
    try {
      const path = await putAt(thread, of.user, place, name, content, moved);
      of.place = place;
      return path;
    } catch (error) {
      if (!(error instanceof UnusablePlaceError)) throw error;
      reasons.push(error.message);
    }
  }
  const { user } = of;
  const whom = user ? ` for user ${user}` : "";
  const remedy = user ? "let that user into one of them" : OWN;
  throw noStore(
    `Cannot deploy ${content.name} to host ${thread.host.name}${whom}`,
    remedy,
    reasons,
  );
}

async function putAt(
  thread: Thread,
  user: User | undefined,
  place: string,
  name: string,
  content: PackageContent,
  moved: Moved,
): Promise<Path> {
  const store = thread.path(place);
  const target = store.join(name);
  const { making, lock } = await makeIn(thread, user, store, content);
  let published = false;
  try {
    await using _lock = lock;
    const sweeping = sweep(thread, store);
    sweeping.catch(() => {}); // Looked at when the package is written.
    await checkPlace(store, () => writeAndVerify(thread, making, content, moved));
    await sweeping;
    published = await publish(thread, { store, making, target }, content);
  } finally {
    if (!published && !thread.host.lost) await thread.removeTree(making).catch(() => {});
  }
  return target;
}

/** Makes a directory to write to, which is locked as long as what comes with it is open. */
async function makeIn(
  thread: Thread,
  user: User | undefined,
  store: Path,
  content: PackageContent,
): Promise<{ making: Path; lock: FileDescriptor }> {
  for (let i = 0; i < TRIES; i++) {
    const making = store.join(makingName());
    try {
      const lock = await checkPlace(
        store,
        () => makeDirectories(thread, { store, making, user }, content),
      );
      if (lock) return { making, lock };
    } catch (error) {
      if (!thread.host.lost) await thread.removeTree(making).catch(() => {});
      throw error;
    }
  }
  throw new Error(
    `Cannot deploy ${content.name} to ${store} on host ${thread.host.name}: others have removed what was ` +
      `written ${TRIES} times; try again`,
  );
}

/** The thread is asked to read before it has written, and does so when it has. */
async function writeAndVerify(
  thread: Thread,
  making: Path,
  content: PackageContent,
  moved: Moved,
): Promise<void> {
  const writing = writeFiles(thread, making, content, moved);
  const verifying = verifyFiles(thread, making, content);
  verifying.catch(() => {});
  await writing;
  await verifying;
}

/** Whether it was this deploy whose result is there now. */
async function publish(
  thread: Thread,
  { store, making, target }: { store: Path; making: Path; target: Path },
  content: PackageContent,
): Promise<boolean> {
  try {
    await thread.rename(making, target);
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (await isPresent(thread, `${store}`, target.name, content)) return false;
    throw new UnusablePlaceError(`${target}: it is there and not whole; remove it`, {
      cause: error,
    });
  }
}
