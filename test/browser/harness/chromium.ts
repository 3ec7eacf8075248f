import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

function executable(): string {
  const given = process.env["CHROMIUM_BIN"];
  if (given) return given;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // The next one may be there.
      }
    }
  }
  throw new Error("there is no chromium on the PATH: install the package chromium, or set CHROMIUM_BIN");
}

const flags = [
  // Tests run as root in containers, where Chromium's sandbox cannot be set up.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
];

/** A browser; `tone` is the WAV file that its microphone hears, for ever. The permission is each context's to give. */
export const launchChromium = ({
  tone,
  more = [],
}: { tone?: string; more?: readonly string[] } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: executable(),
    args: [...flags, ...(tone === undefined ? [] : [`--use-file-for-fake-audio-capture=${tone}`]), ...more],
  });
