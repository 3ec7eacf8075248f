import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import { checkVariables } from "../../../../src/core/calls/variables.ts";

function codeOf(variables: Record<string, string>): string {
  try {
    checkVariables(variables);
    return "taken";
  } catch (error) {
    return error instanceof Failure ? error.code : "thrown";
  }
}

test.each([
  "customer_id",
  "absolute_codec_string",
  "ignore_early_media",
  "sip_h_X-Customer",
  "rtp_secure_media",
  "hold_music",
])("an app may set %s", (name) => {
  expect(codeOf({ [name]: "value, with {braces} and 'quotes'" })).toBe("taken");
});

// Read in switch_types.h, switch_channel.c, switch_ivr_bridge.c, switch_ivr_originate.c, mod_loopback.c, sofia_media.c.
const runsCode = [
  "execute_on_answer",
  "execute_on_answer_1",
  "execute_on_media_timeout",
  "execute_on_blind_transfer",
  "EXECUTE_ON_ANSWER",
  "api_on_answer",
  "api_hangup_hook",
  "api_reporting_hook",
  "api_after_bridge",
  "api_before_bridge",
  "session_in_hangup_hook",
  "exec_after_bridge_app",
  "exec_after_bridge_arg",
  "bridge_pre_execute_app",
  "bridge_pre_execute_aleg_app",
  "bridge_pre_execute_bleg_data",
  "record_post_process_exec_api",
  "record_post_process_exec_app",
  "sip_execute_on_image",
  "sip_api_on_image",
  "loopback_app",
  "loopback_app_arg",
  "group_confirm_key",
  "group_confirm_file",
  "origination_nested_vars",
  "bind_meta_key",
];

test.each(runsCode)("%s, which runs code, is refused", (name) => {
  expect(codeOf({ [name]: "lua x" })).toBe("reserved-variable");
});

test.each([
  "patchcord_call",
  "origination_uuid",
  "presence_id",
  "originate_timeout",
  "originator",
  "call_uuid",
  "domain_name",
  "user_context",
  "force_transfer_context",
  "transfer_on_fail",
  "park_timeout_exten",
  "campon_fallback_exten",
  "sip_route_uri",
  "sip_invite_req_uri",
  "sip_h_P-Asserted-Identity",
  "sip_h_X-Number",
  "sip_h_x-number",
  "sip_h_X-Patchcord-Call",
  "sip_auth_password",
  "record_path",
  "conference_auto_record",
  "fax_trace_dir",
  "user_recurse_variables",
  "export_vars",
])("%s, which is not for apps, is refused", (name) => {
  expect(codeOf({ [name]: "x" })).toBe("reserved-variable");
});

test.each([
  ["a name with a line break", { "a\nb": "x" }],
  ["an empty name", { "": "x" }],
  ["a name that ends the list", { "a}user/1003": "x" }],
  ["a line break", { a: "x\napi status" }],
  ["a carriage return", { a: "x\ry" }],
  ["a NUL", { a: "x\0y" }],
  ["an expansion", { a: "${system(id)}" }],
  ["a doubled expansion", { a: "$${domain}" }],
  ["an escape", { a: String.raw`x\ny` }],
])("%s is refused", (_, variables) => {
  expect(codeOf(variables)).toBe("unsafe-text");
});

test("whatever is taken holds no control character and no expansion", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), (variables) => {
      if (codeOf(variables) !== "taken") return;
      for (const [name, value] of Object.entries(variables)) {
        expect(name).toMatch(/^[A-Za-z_][\w-]*$/);
        expect(value).not.toMatch(/\p{Cc}|\$\{|\\/u);
      }
    }),
  );
});
