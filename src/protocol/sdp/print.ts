import { SdpError } from "./error.ts";
import type { Attribute, Connection, MediaDescription, SessionDescription } from "./model.ts";

/** The text, with CRLF. Throws SdpError where a member holds control characters: it would become lines of its own. */
export function printSdp(description: SessionDescription): string {
  const { origin } = description;
  const lines = [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`,
    `s=${description.name}`,
    ...connectionLines(description.connection),
    "t=0 0",
    ...attributeLines(description.attributes),
    ...description.media.flatMap((media) => mediaLines(media)),
  ];
  // oxlint-disable-next-line no-control-regex
  if (lines.some((line) => /[\u0000-\u0008\u000A-\u001F\u007F]/.test(line))) {
    throw new SdpError("control characters");
  }
  return `${lines.join("\r\n")}\r\n`;
}

const connectionLines = (connection: Connection | null): string[] =>
  connection ? [`c=IN ${connection.addressType} ${connection.address}`] : [];

const attributeLines = (attributes: readonly Attribute[]): string[] =>
  attributes.map(({ name, value }) => (value === null ? `a=${name}` : `a=${name}:${value}`));

const mediaLines = (media: MediaDescription): string[] => [
  `m=${[media.kind, media.port, media.protocol, ...media.formats].join(" ")}`,
  ...connectionLines(media.connection),
  ...attributeLines(media.attributes),
];
