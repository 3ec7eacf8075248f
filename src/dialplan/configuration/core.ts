import { configurationDocument, element, settings } from "../../protocol/fsxml/index.ts";
import type { DocumentSettings } from "../settings.ts";

/** Read after the modules are loaded; the limits and ports of switch.conf take effect here as well (switch_core.c). */
export const postLoadSwitchConfiguration = ({ switchRtpPorts }: DocumentSettings): string =>
  configurationDocument(
    "post_load_switch.conf",
    settings({
      "max-sessions": "5000",
      "sessions-per-second": "200",
      "event-heartbeat-interval": "20",
      "rtp-start-port": String(switchRtpPorts.from),
      "rtp-end-port": String(switchRtpPorts.to),
    }),
  );

/** No more modules than the bootstrap loads. Said outright: FreeSWITCH logs an error for a file that is not found. */
export const postLoadModulesConfiguration = (): string =>
  configurationDocument("post_load_modules.conf", element("modules"));

/** For a module that does well without settings, and logs an error when there is no file to say so. */
export const defaultsOf = (name: "db.conf" | "opus.conf"): string =>
  configurationDocument(name, settings({}));

/** Not FreeSWITCH's: asked for over the event socket to see whose configuration a switch has. */
export const patchcordConfiguration = (instance: string): string =>
  configurationDocument("patchcord.conf", settings({ instance }));
