import { Alert, Button, Text } from "@mantine/core";
import { IconPhone, IconPhoneX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import type { CallView } from "./model.ts";
import { Person } from "./person.tsx";

export function IncomingCard({
  call,
  own,
  onAnswer,
  onDecline,
}: {
  readonly call: CallView;
  /** The user's own number, as others dial it. */
  readonly own: string | undefined;
  readonly onAnswer: () => void;
  readonly onDecline: () => void;
}): ReactElement {
  return (
    <section className="pane incoming" aria-label="Incoming call">
      <Person call={call} above="Incoming call" />
      {call.dialled !== own && (
        <Text size="sm" c="dimmed" ta="center">
          called {call.dialled}
        </Text>
      )}
      {call.problem !== undefined && (
        <Alert role="alert" color="red" variant="light">
          {call.problem}
        </Alert>
      )}
      <div className="verbs">
        <Button
          className="answer"
          size="lg"
          radius="xl"
          leftSection={<IconPhone size={22} />}
          loading={call.busy}
          onClick={onAnswer}
        >
          Answer
        </Button>
        <Button
          className="end"
          size="lg"
          radius="xl"
          leftSection={<IconPhoneX size={22} />}
          onClick={onDecline}
        >
          Decline
        </Button>
      </div>
    </section>
  );
}
