import { UnstyledButton } from "@mantine/core";
import type { ReactElement } from "react";

const keys = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", ""],
  ["0", ""],
  ["#", ""],
] as const;
const names: Readonly<Record<string, string>> = { "*": "star", "#": "hash" };

export function Keypad({ onPress }: { readonly onPress: (key: string) => void }): ReactElement {
  return (
    <div className="keypad" role="group" aria-label="Keypad">
      {keys.map(([key, letters]) => (
        <UnstyledButton key={key} className="key" aria-label={names[key] ?? key} onClick={() => onPress(key)}>
          <span className="digit">{key}</span>
          <span className="letters" aria-hidden="true">
            {letters}
          </span>
        </UnstyledButton>
      ))}
    </div>
  );
}
