import type { DocumentSettings } from "../settings.ts";
import { aclConfiguration } from "./acl.ts";
import { conferenceConfiguration } from "./conference.ts";
import {
  defaultsOf,
  patchcordConfiguration,
  postLoadModulesConfiguration,
  postLoadSwitchConfiguration,
} from "./core.ts";
import { sofiaConfiguration } from "./sofia.ts";

/**
 * The documents of `X.conf`, made once; what is not among them is not found, and FreeSWITCH takes its own file where
 * it has one (event_socket.conf, which it must be able to read without us).
 */
export const renderConfigurations = (settings: DocumentSettings): ReadonlyMap<string, string> =>
  new Map([
    ["acl.conf", aclConfiguration()],
    ["db.conf", defaultsOf("db.conf")],
    ["opus.conf", defaultsOf("opus.conf")],
    ["conference.conf", conferenceConfiguration(settings.domain)],
    ["patchcord.conf", patchcordConfiguration(settings.instance)],
    ["post_load_modules.conf", postLoadModulesConfiguration()],
    ["post_load_switch.conf", postLoadSwitchConfiguration(settings)],
    ["sofia.conf", sofiaConfiguration(settings)],
  ]);
