import { ActionIcon, Alert, Group, Stack, Text } from "@mantine/core";
import { IconLogout, IconMicrophoneOff } from "@tabler/icons-react";
import type { ReactElement } from "react";
import type { Snapshot } from "./model.ts";

const connections = {
  connecting: "Connecting…",
  ready: "Online",
  reconnecting: "Reconnecting…",
  closed: "Offline",
} as const;

export function Header({
  snapshot: { connection, user, trouble },
  onSignOut,
}: {
  readonly snapshot: Snapshot;
  readonly onSignOut: () => void;
}): ReactElement {
  return (
    <Stack gap="sm" component="header">
      <Group justify="space-between" wrap="nowrap" className="header">
        <div className="who">
          <Text fw={600} truncate>
            {user === undefined ? "Web phone" : user.name || user.number}
          </Text>
          <Group gap={8} wrap="nowrap">
            {user !== undefined && user.name !== "" && user.name !== user.number && (
              <Text size="sm" c="dimmed">
                {user.number}
              </Text>
            )}
            <Text size="sm" c="dimmed" role="status" className="connection" data-connection={connection}>
              {connections[connection]}
            </Text>
          </Group>
        </div>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Sign out"
          title="Sign out"
          onClick={onSignOut}
        >
          <IconLogout size={20} />
        </ActionIcon>
      </Group>
      {connection === "connecting" && trouble !== undefined && (
        <Text size="sm" c="dimmed" className="trouble">
          Trying again: {trouble}.
        </Text>
      )}
      {!isSecureContext && (
        <Alert color="yellow" variant="light" icon={<IconMicrophoneOff />} title="No microphone here">
          Browsers hand out the microphone only on pages opened over https or on localhost. Open this page
          that way to call.
        </Alert>
      )}
    </Stack>
  );
}
