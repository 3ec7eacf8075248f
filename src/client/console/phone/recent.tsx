import { Text, Title, UnstyledButton } from "@mantine/core";
import { IconPhoneIncoming, IconPhoneOutgoing } from "@tabler/icons-react";
import type { ReactElement } from "react";
import type { PastCall } from "./model.ts";
import { durationOf } from "./words.ts";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

function outcomeOf({ missed, talked, ending }: PastCall): string {
  if (talked !== undefined) return durationOf(talked);
  if (missed) return "Missed";
  return ending.text;
}

export function Recent({
  calls,
  ready,
  onDial,
}: {
  readonly calls: readonly PastCall[];
  readonly ready: boolean;
  readonly onDial: (number: string) => void;
}): ReactElement | null {
  if (calls.length === 0) return null;
  return (
    <section className="recent" aria-labelledby="recent">
      <Title order={2} size="h6" c="dimmed" id="recent">
        Recent
      </Title>
      <ul>
        {calls.map((past) => (
          <li key={past.key}>
            <UnstyledButton
              className="past"
              data-missed={past.missed}
              disabled={!ready || past.number === ""}
              aria-label={`Call ${past.who}${past.who === past.number ? "" : `, ${past.number}`}`}
              onClick={() => onDial(past.number)}
            >
              {past.direction === "incoming" ? (
                <IconPhoneIncoming size={18} aria-label="Incoming" />
              ) : (
                <IconPhoneOutgoing size={18} aria-label="Outgoing" />
              )}
              <span className="past-who">
                <Text truncate>{past.who}</Text>
                <Text size="xs" c="dimmed" truncate>
                  {outcomeOf(past)}
                </Text>
              </span>
              <Text size="xs" c="dimmed" component="time">
                {clock.format(past.at)}
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
