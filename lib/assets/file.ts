/**
 * Files that belong to a module, named by a URL from `new URL("...", import.meta.url)`. Those of a module
 * that comes from the network, as from JSR, come from there, too.
 */

/** A file that belongs to a module cannot be read; `cause` is what Deno threw. */
export class AssetError extends Error {
  override readonly name = "AssetError";
  /** Whether there is no such file. */
  readonly isMissing: boolean;

  constructor(message: string, { cause, isMissing }: { cause: unknown; isMissing: boolean }) {
    super(message, { cause });
    this.isMissing = isMissing;
  }
}

/**
 * The path of such a file, for what must open it itself. It is not checked that it exists.
 *
 * @throws {TypeError} If the URL is not one of a file.
 */
export function filePath(url: URL): string {
  if (url.protocol === "file:") return decodeURIComponent(url.pathname);
  throw new TypeError(`Cannot use ${url}: it is not the URL of a file`);
}

/** The URL of a file by its absolute path. */
export function fileUrl(path: string): URL {
  return new URL(`file://${encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)}`);
}

const isRemote = (url: URL) => url.protocol === "https:" || url.protocol === "http:";

/** @throws {TypeError} If a URL is neither that of a file nor one of the web. */
export function checkAsset(url: URL): void {
  if (!isRemote(url)) filePath(url);
}

/**
 * Its bytes.
 *
 * @throws {AssetError} If it is not there, or cannot be read.
 */
export async function readAsset(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (isRemote(url)) return await fetchAsset(url);
  const path = filePath(url);
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function fetchAsset(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch((cause) => {
    throw new AssetError(`Cannot fetch ${url}: ${cause.message}`, { cause, isMissing: false });
  });
  if (response.ok) return await response.bytes();
  await response.body?.cancel();
  const [cause, isMissing] = [response.statusText, response.status === 404];
  throw new AssetError(`Cannot fetch ${url}: status ${response.status}`, { cause, isMissing });
}

/**
 * Something that is another one whenever the file was written again. What is on the web stays as it is.
 *
 * @throws {AssetError} If it is not there, or cannot be looked at.
 */
export async function assetStamp(url: URL): Promise<string> {
  if (isRemote(url)) return url.href;
  const path = filePath(url);
  try {
    const { ino, size, mtime, ctime } = await Deno.stat(path);
    return `${ino} ${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The error of a file that cannot be read. */
export function unreadable(path: string, cause: unknown): AssetError {
  const isMissing = cause instanceof Deno.errors.NotFound;
  const why = isMissing ? "there is no such file" : (cause as Error).message;
  return new AssetError(`Cannot read ${path}: ${why}`, { cause, isMissing });
}
