/** Those that tell of a channel: a bridged call is about twenty of these, and sixty-four of all that there are. */
export const channelEvents = [
  "CHANNEL_CREATE",
  "CHANNEL_PROGRESS",
  "CHANNEL_PROGRESS_MEDIA",
  "CHANNEL_CALLSTATE",
  "CHANNEL_ANSWER",
  "CHANNEL_BRIDGE",
  "CHANNEL_UNBRIDGE",
  "CHANNEL_HOLD",
  "CHANNEL_UNHOLD",
  "CHANNEL_PARK",
  "CHANNEL_UNPARK",
  "CHANNEL_HANGUP_COMPLETE",
  "CALL_UPDATE",
  "DTMF",
] as const;

const otherEvents = ["BACKGROUND_JOB", "HEARTBEAT", "MESSAGE"];

const subclasses = [
  "sofia::register",
  "sofia::unregister",
  "sofia::expire",
  "sofia::sip_user_state",
  "sofia::transferor",
  "sofia::transferee",
  "sofia::replaced",
  "sofia::intercepted",
  "sofia::reinvite",
  "sofia::register_failure",
  "sofia::gateway_state",
  "sofia::profile_start",
  "conference::maintenance",
  "valet_parking::info",
];

/** CUSTOM comes last: mod_event_socket takes every word after it as a subclass. */
export const subscription = `event json ${[...channelEvents, ...otherEvents, "CUSTOM", ...subclasses].join(" ")}`;
