import { createTheme } from "@mantine/core";

/** Colours and radii are CSS variables, in phone.css: a provider that writes them needs inline styles. */
export const theme = createTheme({ cursorType: "pointer", primaryColor: "teal" });
