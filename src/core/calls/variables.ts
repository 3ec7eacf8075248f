import { Failure } from "../../base/index.ts";

/** Channel variables that an app may not set, and why. Families as FreeSWITCH's sources read them. */
const reserved: readonly { readonly names: RegExp; readonly why: string }[] = [
  {
    // execute_on_*, api_on_*, api_hangup_hook, exec_after_bridge_app, bridge_pre_execute_*, record_post_process_exec_*,
    // loopback_app, sip_execute_on_image … (switch_types.h, switch_channel.c, switch_ivr_bridge.c, mod_loopback.c);
    // group_confirm_key=exec runs group_confirm_file (switch_ivr_originate.c); nested_vars expands ${api()} in values.
    names: /(^|_)(execute|exec|api|app|hook|script|lua|nested)(_|$)|^group_confirm_|^bind_/,
    why: "runs code in the switch",
  },
  {
    names:
      /^(patchcord|origination|originate|originator|originating|originated|ent_originate)(_|$)|(^|_)uuids?(_|$)|^presence_id$/,
    why: "tells Patchcord and the switch which call is which",
  },
  {
    // Where a call goes is decided by `from`, `to` and the dialplan.
    names:
      /^(context|dialplan|destination_number|inline_destination|domain_name|user_name|user_context)$|_(context|dialplan|exten)$|^(transfer|campon|dialed|force|att_xfer|intercept|eavesdrop|loopback|conference_auto_outcall|sip_redirect)_/,
    why: "decides where the call goes",
  },
  {
    names: /^sip_(?!h_X-)/i,
    why: "changes the SIP messages themselves; headers of your own are sip_h_X-NAME",
  },
  {
    names: /^sip_h_X-(Number|Patchcord.*|FS-.*|AUTH-.*)$/i,
    why: "is a header that Patchcord or the switch relies on",
  },
  {
    // conference_auto_record is where the room is recorded to (mod_conference.c), fax_spool and fax_trace_dir likewise.
    names: /(^|_)(path|file|files|dir|spool|auto_record|record_template)$|^record_/,
    why: "names a file of the switch",
  },
  {
    // With user_recurse_variables=false a leg is made without the variables that tell whose it is (mod_dptools.c).
    names:
      /^(export_vars|bridge_export_vars|cc_export_vars|local_var_clobber|preserve_originated_vars)$|_recurse_variables$/,
    why: "spreads or drops other variables",
  },
];

const form = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;
/** C0, DEL, C1: a line break begins another command on the event socket. */
const control = /\p{Cc}/u;

/** Throws `unsafe-text` if `text` holds control characters; `what` names it. */
export function checkPrintable(text: string, what: string): void {
  if (control.test(text)) {
    throw new Failure("unsafe-text", `${what} holds control characters such as a line break; remove them`);
  }
}

/** Throws `reserved-variable` or `unsafe-text` unless an app may set these channel variables. */
export function checkVariables(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!form.test(name)) {
      const shown = JSON.stringify(name.slice(0, 60));
      throw new Failure(
        "unsafe-text",
        `${shown} is not a channel variable's name; use letters, digits, _ and -`,
      );
    }
    // FreeSWITCH looks variables up without regard to case (switch_event.c hashes headers so).
    const family = reserved.find(({ names }) => names.test(name) || names.test(name.toLowerCase()));
    if (family) throw new Failure("reserved-variable", `variable ${name} ${family.why}; leave it out`);
    checkPrintable(value, `variable ${name}`);
    if (/\$+\{|\\/.test(value)) {
      throw new Failure(
        "unsafe-text",
        `variable ${name} holds \${ or \\, which the switch would evaluate; remove them`,
      );
    }
  }
}
