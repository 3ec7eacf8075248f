import { configurationDocument, element } from "../../protocol/fsxml/index.ts";

/**
 * Which candidates of a browser FreeSWITCH may send media to (`apply-candidate-acl`): public ones as well, a browser
 * behind NAT has no other. Left out is what names no peer; and IPv6, which the profile has no socket for.
 */
const unreachable = ["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/0"];

export const candidateList = "candidates";

export const aclConfiguration = (): string =>
  configurationDocument(
    "acl.conf",
    element("network-lists", {}, [
      element(
        "list",
        { name: candidateList, default: "allow" },
        unreachable.map((cidr) => element("node", { type: "deny", cidr })),
      ),
    ]),
  );
