import { Alert, Button, Text } from "@mantine/core";
import { IconDialpad, IconMicrophone, IconMicrophoneOff, IconPhoneX, IconVolume } from "@tabler/icons-react";
import { useEffect, useState, type ReactElement } from "react";
import { Keypad } from "./keypad.tsx";
import type { CallView, PhoneModel } from "./model.ts";
import { Person } from "./person.tsx";
import { durationOf } from "./words.ts";

const states: Readonly<Record<CallView["state"], string>> = {
  idle: "Opening the microphone…",
  sent: "Calling…",
  received: "Ringing…",
  acceptSent: "Connecting…",
  accepted: "In a call",
  refused: "Ended",
  canceled: "Ended",
  failed: "Ended",
};

function Timer({ since }: { readonly since: number }): ReactElement {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Text role="timer" aria-live="off" className="timer">
      {durationOf(now - since)}
    </Text>
  );
}

/** Keys of the keyboard are keys of the phone while a call stands. */
function useKeyboard(active: boolean, press: (key: string) => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const onKey = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
      if (!ctrlKey && !metaKey && !altKey && /^[0-9*#]$/.test(key)) press(key);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [active, press]);
}

export function CallCard({
  call,
  model,
}: {
  readonly call: CallView;
  readonly model: PhoneModel;
}): ReactElement {
  const [keypad, setKeypad] = useState(false);
  const [press] = useState(() => (key: string) => void model.press(key));
  const talking = call.state === "accepted";
  useKeyboard(talking, press);
  return (
    <section className="pane in-call" aria-label="Call" data-keypad={keypad && talking}>
      <Person call={call} above={states[call.state]} />
      {call.answeredAt === undefined ? (
        <Text className="timer" c="dimmed" aria-hidden="true">
          ···
        </Text>
      ) : (
        <Timer since={call.answeredAt} />
      )}
      {call.silent && (
        <Button variant="light" leftSection={<IconVolume size={20} />} onClick={() => model.listen()}>
          Turn the sound on
        </Button>
      )}
      {call.problem !== undefined && (
        <Alert role="alert" color="red" variant="light">
          {call.problem}
        </Alert>
      )}
      {(call.pressed !== "" || call.heard !== "") && (
        <dl className="digits">
          {call.pressed !== "" && (
            <div>
              <dt>You pressed</dt>
              <dd data-digits="pressed">{call.pressed}</dd>
            </div>
          )}
          {call.heard !== "" && (
            <div>
              <dt>{call.who} pressed</dt>
              <dd data-digits="heard" role="status">
                {call.heard}
              </dd>
            </div>
          )}
        </dl>
      )}
      {keypad && talking && <Keypad onPress={press} />}
      <div className="verbs">
        <Button
          {...(call.muted ? { className: "muted" } : { variant: "default" })}
          size="md"
          radius="xl"
          aria-pressed={call.muted}
          leftSection={call.muted ? <IconMicrophoneOff size={20} /> : <IconMicrophone size={20} />}
          onClick={() => model.toggleMute()}
        >
          {call.muted ? "Muted" : "Mute"}
        </Button>
        <Button
          variant="default"
          size="md"
          radius="xl"
          aria-expanded={keypad && talking}
          disabled={!talking}
          leftSection={<IconDialpad size={20} />}
          onClick={() => setKeypad(!keypad)}
        >
          Keypad
        </Button>
      </div>
      <Button
        className="end"
        size="lg"
        radius="xl"
        fullWidth
        leftSection={<IconPhoneX size={22} />}
        onClick={() => model.hangUp()}
      >
        {talking ? "Hang up" : "Cancel"}
      </Button>
    </section>
  );
}
