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
 * One extension without a test: what leads to it was decided already, and with no expression there is nothing that
 * `$1` in an action could be replaced by (mod_dialplan_xml.c, mod_sms.c: "Absolute Condition").
 */
export const planDocument = (
  section: "dialplan" | "chatplan",
  { context, extension, actions }: Plan,
): string =>
  documentOf(
    section,
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
