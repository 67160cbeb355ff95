/** The conformance suite in containers: as root, and as an ordinary user. */
import { container } from "bailiwick";
import { conformance } from "./conformance/mod.ts";
import { nested } from "./support/nested.ts";

conformance({ name: "container", host: nested((thread, options) => container(thread, options)) });
