import { Alert } from "@mantine/core";
import { IconAlertCircle, IconInfoCircle, IconPhoneX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import type { PastCall } from "./model.ts";
import { durationOf } from "./words.ts";

const looks = {
  normal: { color: "gray", icon: <IconPhoneX /> },
  notice: { color: "gray", icon: <IconInfoCircle /> },
  problem: { color: "red", icon: <IconAlertCircle /> },
} as const;

export function EndedNotice({
  past: { ending, who, talked },
  onClose,
}: {
  readonly past: PastCall;
  readonly onClose: () => void;
}): ReactElement {
  const { color, icon } = looks[ending.tone];
  return (
    <Alert
      className="ended"
      variant="light"
      color={color}
      icon={icon}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={onClose}
      title={talked === undefined ? who : `${who} · ${durationOf(talked)}`}
    >
      {ending.text}
    </Alert>
  );
}
