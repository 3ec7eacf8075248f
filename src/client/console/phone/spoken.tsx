import { VisuallyHidden } from "@mantine/core";
import type { ReactElement } from "react";
import type { CallView, Snapshot } from "./model.ts";

const sentences: Readonly<Record<CallView["state"], (who: string) => string>> = {
  idle: () => "Opening the microphone.",
  sent: (who) => `Calling ${who}.`,
  received: (who) => `It is ringing at ${who}.`,
  acceptSent: (who) => `Connecting to ${who}.`,
  accepted: (who) => `You are connected to ${who}.`,
  refused: () => "",
  canceled: () => "",
  failed: () => "",
};

function words({ call, ended }: Snapshot): string {
  if (call === undefined) return ended?.ending.text ?? "";
  if (call.direction === "incoming" && call.state === "received") return `${call.who} is calling you.`;
  return sentences[call.state](call.who);
}

/** What a screen reader says by itself of calls that come, go on and end. Always there: a live region has to be. */
export function Spoken({ snapshot }: { readonly snapshot: Snapshot }): ReactElement {
  return (
    <VisuallyHidden role="status" aria-live="assertive">
      {words(snapshot)}
    </VisuallyHidden>
  );
}
