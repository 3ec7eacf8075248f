/** Controls, format characters such as bidirectional overrides, and halves of characters: what a terminal would obey. */
const obeyed = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from the network as a terminal may show it. */
export const plain = (text: string): string => text.replaceAll(obeyed, "");

/** The same for text of several lines. */
export const plainLines = (text: string): string => text.split(/\r?\n/).map(plain).join("\n");

/** JSON that is safe on a terminal: JSON itself escapes only the controls below 0x20. */
export const plainJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replaceAll(obeyed, (character) =>
    character === "\n"
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
          .join(""),
  );

// Blocks that Unicode's East Asian Width calls wide.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1;
  return width;
};

export type Cell = string | number | boolean | null;

const cellText = (cell: Cell): string => {
  if (cell === null || cell === "") return "-";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return plain(String(cell));
};

/** Columns under headings, aligned; lines without trailing blanks. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(cellText))];
  const widths = headings.map((_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((text, at) => text + " ".repeat((widths[at] ?? 0) - widthOf(text)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Milliseconds since the epoch as `2026-01-31 12:00:00Z`: in UTC. */
export const time = (milliseconds: number | null): string =>
  milliseconds === null ? "-" : `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")}Z`;
