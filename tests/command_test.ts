/** The conformance suite over commands that lead to a shell, also one of an ordinary user. */
import { commandHost, container } from "bailiwick";
import { conformance } from "./conformance/mod.ts";
import { outliving } from "./support/nested.ts";

conformance({
  name: "unshare",
  host: (options) => commandHost(["unshare", "--uts", "sh"], options),
});

const USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--reset-env", "sh"];

conformance({
  name: "container of an ordinary user",
  without: {
    "a thread becomes another user, with its groups": "its user namespace has one user and group",
  },
  host: async (options) => {
    const outer = await commandHost(USER, options);
    return await outliving(outer, () => container(outer.thread, options), () => outer.close());
  },
});
