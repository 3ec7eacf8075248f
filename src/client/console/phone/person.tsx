import { Avatar, Text, Title } from "@mantine/core";
import { useEffect, useRef, type ReactElement } from "react";
import type { CallView } from "./model.ts";

/** Who the call is with. Takes the focus when it appears: not a button, which a key typed just then would press. */
export function Person({
  call: { who, number, named },
  above,
}: {
  readonly call: CallView;
  readonly above: string;
}): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="person">
      <Text size="sm" c="dimmed">
        {above}
      </Text>
      <Avatar
        size={88}
        radius={88}
        color="teal"
        variant="light"
        {...(named ? { name: who } : {})}
        alt=""
        aria-hidden="true"
      />
      <Title order={1} size="h2" ref={heading} tabIndex={-1} className="name">
        {who}
      </Title>
      {named && <Text c="dimmed">{number}</Text>}
    </div>
  );
}
