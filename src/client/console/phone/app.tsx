import { useEffect, useSyncExternalStore, type ReactElement } from "react";
import { CallCard } from "./call-card.tsx";
import { Dialer } from "./dialer.tsx";
import { EndedNotice } from "./ended-notice.tsx";
import { Header } from "./header.tsx";
import { IncomingCard } from "./incoming-card.tsx";
import { Login } from "./login.tsx";
import type { PhoneModel, Snapshot } from "./model.ts";
import { Recent } from "./recent.tsx";
import { Spoken } from "./spoken.tsx";

function titleOf({ signedIn, call }: Snapshot): string {
  if (!signedIn || call === undefined) return "Patchcord phone";
  if (call.direction === "incoming" && call.state === "received") return `${call.who} is calling`;
  return `On the phone: ${call.who}`;
}

export function App({ model }: { readonly model: PhoneModel }): ReactElement {
  const snapshot = useSyncExternalStore(model.subscribe, model.snapshot);
  const title = titleOf(snapshot);
  useEffect(() => {
    document.title = title;
  }, [title]);

  const { signedIn, call, ended, connection } = snapshot;
  return (
    <main className="phone">
      {signedIn ? (
        <>
          <Header snapshot={snapshot} onSignOut={() => model.signOut()} />
          {call === undefined && (
            <>
              {ended !== undefined && <EndedNotice past={ended} onClose={() => model.dismiss()} />}
              <Dialer ready={connection === "ready"} onDial={(number) => model.dial(number)} />
              <Recent
                calls={snapshot.recent}
                ready={connection === "ready"}
                onDial={(number) => model.dial(number)}
              />
            </>
          )}
          {call !== undefined && call.direction === "incoming" && call.state === "received" && (
            <IncomingCard
              call={call}
              own={snapshot.user?.number}
              onAnswer={() => void model.answer()}
              onDecline={() => model.hangUp()}
            />
          )}
          {call !== undefined && !(call.direction === "incoming" && call.state === "received") && (
            <CallCard call={call} model={model} />
          )}
        </>
      ) : (
        <Login refusal={snapshot.refusal} onSignIn={(token) => model.signIn(token)} />
      )}
      <Spoken snapshot={snapshot} />
    </main>
  );
}
