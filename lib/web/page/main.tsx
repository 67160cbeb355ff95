/** The page of a running system. What it shows is text: nothing that a service says or is named becomes markup. */
import { render } from "preact";
import { takeToken } from "./api.ts";
import { App } from "./app.tsx";
import { followAddress } from "./route.ts";
import { follow } from "./store.ts";
import { sampleUsage } from "./usage.ts";

takeToken();
followAddress();
void follow();
sampleUsage();
render(<App />, document.body);
