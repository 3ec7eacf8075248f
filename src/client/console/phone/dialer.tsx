import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconBackspace, IconPhone } from "@tabler/icons-react";
import { useEffect, useRef, useState, type FormEvent, type ReactElement } from "react";
import { Keypad } from "./keypad.tsx";
import { diallable } from "./model.ts";

export function Dialer({
  ready,
  onDial,
}: {
  readonly ready: boolean;
  readonly onDial: (number: string) => void;
}): ReactElement {
  const [number, setNumber] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // On a touch screen the focus would open the keyboard over the pad.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && number !== "") onDial(number);
  };
  return (
    <form className="pane dialer" onSubmit={submit} aria-label="Dial">
      <TextInput
        ref={field}
        aria-label="Number"
        placeholder="Number"
        type="tel"
        inputMode="tel"
        autoComplete="off"
        variant="unstyled"
        classNames={{ input: "number" }}
        value={number}
        onChange={({ currentTarget }) => setNumber(diallable(currentTarget.value))}
        rightSectionWidth={44}
        rightSection={
          number !== "" && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label="Delete the last digit"
              onClick={() => setNumber(number.slice(0, -1))}
            >
              <IconBackspace size={22} />
            </ActionIcon>
          )
        }
      />
      <Keypad onPress={(key) => setNumber(diallable(number + key))} />
      <Button
        type="submit"
        className="call"
        size="lg"
        radius="xl"
        fullWidth
        disabled={!ready || number === ""}
        leftSection={<IconPhone size={22} />}
      >
        Call
      </Button>
    </form>
  );
}
