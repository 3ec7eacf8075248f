import { VisuallyHidden } from "@mantine/core";
import type { ReactElement } from "react";
import { stateOf } from "./call-card.tsx";
import type { Snapshot } from "./model.ts";

function words({ call, ended }: Snapshot): string {
  if (call !== undefined) {
    if (call.direction === "incoming" && call.state === "received") return `${call.who} is calling you.`;
    return `${stateOf(call)}: ${call.who}.`;
  }
  return ended?.ending.text ?? "";
}

/** What a screen reader says by itself of calls that come, go on and end. Always there: a live region has to be. */
export function Spoken({ snapshot }: { readonly snapshot: Snapshot }): ReactElement {
  return (
    <VisuallyHidden role="status" aria-live="assertive">
      {words(snapshot)}
    </VisuallyHidden>
  );
}
