import { configurationDocument, element, pairs } from "../../protocol/fsxml/index.ts";
import { holdMusic } from "../media.ts";

/** The keys that FreeSWITCH's users know; in words only, there are no sound files. */
const controls: Readonly<Record<string, string>> = {
  mute: "0",
  "deaf mute": "*",
  "energy up": "9",
  "energy equ": "8",
  "energy dn": "7",
  "vol talk up": "3",
  "vol talk zero": "2",
  "vol talk dn": "1",
  "vol listen up": "6",
  "vol listen zero": "5",
  "vol listen dn": "4",
  hangup: "#",
};

/** The answer to every look-up of conference.conf: joining a room, its controls (`Action=request-controls`), presence. */
export const conferenceConfiguration = (domain: string): string =>
  configurationDocument(
    "conference.conf",
    element("caller-controls", {}, [
      element(
        "group",
        { name: "default" },
        Object.entries(controls).map(([action, digits]) => element("control", { action, digits })),
      ),
    ]),
    element("profiles", {}, [
      element(
        "profile",
        { name: "default" },
        pairs("param", {
          domain,
          rate: "16000",
          interval: "20",
          "energy-level": "100",
          "comfort-noise": "true",
          "caller-controls": "default",
          "moh-sound": holdMusic,
          "enter-sound": "tone_stream://%(200,0,500,600,700)",
          "exit-sound": "tone_stream://%(500,0,300,200,100,50,25)",
        }),
      ),
    ]),
  );
