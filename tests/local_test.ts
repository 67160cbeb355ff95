/** The conformance suite on this machine. */
import { localHost } from "bailiwick";
import { conformance } from "./conformance/mod.ts";

conformance({ name: "local", host: localHost });
