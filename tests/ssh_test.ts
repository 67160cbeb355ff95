/** The conformance suite over ssh, and over ssh inside ssh inside ssh. */
import { sshHost } from "bailiwick";
import { testHostsAvailable } from "bailiwick/testing";
import { conformance } from "./conformance/mod.ts";
import { onNetwork, sshChain } from "./support/nested.ts";

const ignore = !testHostsAvailable().ok;

conformance({
  name: "ssh",
  ignore,
  host: onNetwork(
    1,
    (network, options) => sshHost({ to: "host0", config: network.sshConfig }, options),
  ),
});

conformance({
  name: "ssh three deep",
  ignore,
  host: onNetwork(3, (network, options) => sshChain(network, 3, options)),
});
