import { documentOf } from "./document.ts";
import { element } from "./element.ts";

/** An application and its data, run in order. */
export interface Action {
  readonly application: string;
  /** Empty: none. */
  readonly data: string;
}

export interface Plan {
  /** FreeSWITCH takes the extension only out of the context it asked for. */
  readonly context: string;
  /** Name of the one extension, shown in the switch's log. */
  readonly extension: string;
  readonly actions: readonly Action[];
}

/**
 * A dialplan of one extension without a test: what leads to it was decided already, and with no expression there is
 * nothing that `$1` in an action could be replaced by (mod_dialplan_xml.c, "Absolute Condition").
 */
export const dialplanDocument = ({ context, extension, actions }: Plan): string =>
  documentOf(
    "dialplan",
    element("context", { name: context }, [
      element("extension", { name: extension }, [
        element(
          "condition",
          {},
          actions.map(({ application, data }) =>
            element("action", { application, ...(data === "" ? {} : { data }) }),
          ),
        ),
      ]),
    ]),
  );

/**
 * A chatplan with nothing to do for a SIP MESSAGE: mod_sofia then delivers it to whom it is addressed, once. With
 * mod_sms's `send` it would arrive twice (switch_loadable_module.c, do_chat_send). `global` stands for every context.
 */
export const emptyChatplanDocument = documentOf("chatplan", element("context", { name: "global" }));
