/** The whole example from source. */
import { Cli } from "./support/cli.ts";
import { systemSuite } from "./support/system_suite.ts";

systemSuite("source", Cli.fromSource());
