/**
 * Dead links: in pages of HTML and of Markdown, every relative link leads to a file, and its fragment to
 * a place in it. Links into the web are not followed: whether a site answers is not this project's state.
 */
import { dirname, join, relative } from "node:path/posix";

/** A page's links, and the places in it that links can lead to. */
interface Page {
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
}

const ENTITIES: Record<string, string> = {
  "&#x2F;": "/",
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};

function unescapeHtml(text: string): string {
  return text.replaceAll(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? entity);
}

/** What a page of HTML links to, sources of scripts and styles included. */
export function htmlPage(text: string): Page {
  const attributes = (pattern: RegExp) =>
    Array.from(text.matchAll(pattern), ([, value]) => unescapeHtml(value!));
  const links = attributes(/\b(?:href|src)="([^"]*)"/g);
  return { links, anchors: new Set(attributes(/\bid="([^"]*)"/g)) };
}

/** A heading's anchor, as GitHub makes it; one that was there already gets a number. */
function slug(heading: string, taken: ReadonlySet<string>): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim().toLowerCase();
  const base = text.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
  for (let number = 0;; number++) {
    const name = number === 0 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** What a page of Markdown links to; what stands in code is text. */
export function markdownPage(text: string): Page {
  const prose = text.replaceAll(/^ *(`{3,}|~{3,}).*\n[^]*?^ *\1.*$/gm, "");
  const anchors = new Set<string>();
  for (const [, heading] of prose.matchAll(/^#{1,6} (.*)$/gm)) anchors.add(slug(heading!, anchors));
  const plain = prose.replaceAll(/(`+)(?!`).*?\1/g, "");
  const inline = plain.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g);
  const named = plain.matchAll(/^\[[^\]]+\]: *(\S+)/gm);
  return { links: Array.from([...inline, ...named], ([, target]) => target!), anchors };
}

function parse(path: string): Page | undefined {
  if (path.endsWith(".html")) return htmlPage(Deno.readTextFileSync(path));
  if (path.endsWith(".md")) return markdownPage(Deno.readTextFileSync(path));
  return undefined;
}

/** The file that a link leads to; for a directory its index, if it has one. */
function fileOf(path: string): string | undefined {
  try {
    if (!Deno.statSync(path).isDirectory) return path;
    return fileOf(`${path}/index.html`) ?? path;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** What is wrong with the links of `files`, which are relative to `root`. */
export function deadLinks(root: string, files: readonly string[]): string[] {
  const pages = new Map<string, Page | undefined>();
  const read = (path: string) => {
    if (!pages.has(path)) pages.set(path, parse(path));
    return pages.get(path);
  };
  const targets = new Map<string, string | undefined>();
  const find = (path: string) => {
    if (!targets.has(path)) targets.set(path, fileOf(path));
    return targets.get(path);
  };
  return files.flatMap((file) => {
    const from = join(root, file);
    const problem = (link: string, what: string) => `${file}: dead link ${link}: ${what}`;
    return read(from)!.links.flatMap((link) => {
      if (/^(https?|mailto):/.test(link)) return [];
      if (/^[\w+.-]+:/.test(link)) return [problem(link, "it leads nowhere on another machine")];
      const [path = "", fragment] = link.split("#");
      const target = path === "" ? from : find(join(dirname(from), decodeURIComponent(path)));
      if (target === undefined) return [problem(link, "there is no such file")];
      const page = fragment ? read(target) : undefined;
      if (page === undefined || page.anchors.has(decodeURIComponent(fragment!))) return [];
      return [problem(link, `${relative(root, target)} has no such heading or place`)];
    });
  });
}
