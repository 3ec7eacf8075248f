import { Alert, Button, Code, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconPhone } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactElement } from "react";

export function Login({
  refusal,
  onSignIn,
}: {
  readonly refusal: string | undefined;
  readonly onSignIn: (token: string) => void;
}): ReactElement {
  const [token, setToken] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() !== "") onSignIn(token);
    setToken("");
  };
  return (
    <form className="pane login" onSubmit={submit}>
      <Stack gap="lg">
        <Stack gap="xs">
          <span className="brand" aria-hidden="true">
            <IconPhone size={24} />
          </span>
          <Title order={1} size="h2">
            Web phone
          </Title>
          <Text c="dimmed">Sign in with a web user’s token to call and be called in this browser.</Text>
        </Stack>
        {refusal !== undefined && (
          <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle />} title="Not signed in">
            {refusal}
          </Alert>
        )}
        <PasswordInput
          label="Token"
          placeholder="Paste the token"
          size="md"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={token}
          onChange={({ currentTarget }) => setToken(currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show the token" }}
        />
        <Button type="submit" size="md" disabled={token.trim() === ""}>
          Sign in
        </Button>
        <Text size="sm" c="dimmed">
          Whoever runs this Patchcord makes a token with <Code>npx patchcord token USER</Code>. It stays in
          this tab and is forgotten when you close it.
        </Text>
      </Stack>
    </form>
  );
}
