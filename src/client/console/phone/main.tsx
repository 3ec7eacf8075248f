import { MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { PhoneModel } from "./model.ts";
import { theme } from "./theme.ts";
import { keptToken, takeTokenFromAddress } from "./token.ts";

const place = document.querySelector("#phone");
if (place === null) throw new Error("phone.html has no #phone");

const audio = document.createElement("audio");
audio.autoplay = true;
document.body.append(audio);

const model = new PhoneModel(audio);
const token = takeTokenFromAddress() ?? keptToken();
if (token !== undefined) model.signIn(token);
// A link with a token that is opened in this very tab loads no page.
addEventListener("hashchange", () => {
  const given = takeTokenFromAddress();
  if (given !== undefined) model.signIn(given);
});
// Leaving ends the call: ask first.
addEventListener("beforeunload", (event) => {
  if (model.snapshot().call !== undefined) event.preventDefault();
});

createRoot(place).render(
  <StrictMode>
    {/* No style elements of its own: the page's policy allows none that are written in it. */}
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <App model={model} />
    </MantineProvider>
  </StrictMode>,
);
