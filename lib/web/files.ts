/** What the page is made of; the script and the style are made by scripts/make_page.ts. */
import { readNative } from "../assets/mod.ts";

const SCRIPT = new URL("../../dist/web/script", import.meta.url);
const STYLE = new URL("../../dist/web/style", import.meta.url);

const DOCUMENT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Bailiwick</title>
<link rel="stylesheet" href="/style">
<link rel="icon" href="data:,">
<script type="module" src="/script"></script>
</head>
<body></body>
</html>
`;

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  read(): Promise<BodyInit>;
}

/** By their paths. */
export const FILES: Readonly<Record<string, PageFile>> = {
  "/": { type: "text/html; charset=utf-8", read: () => Promise.resolve(DOCUMENT) },
  "/script": { type: "text/javascript; charset=utf-8", read: () => readNative(SCRIPT) },
  "/style": { type: "text/css; charset=utf-8", read: () => readNative(STYLE) },
};
