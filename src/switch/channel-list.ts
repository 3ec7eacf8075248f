import { uuidForm } from "./uuid.ts";

/** Uuids out of `show channels as json`: `{"row_count":1,"rows":[{"uuid":…}]}`; none for anything else. */
export function uuidsOf(output: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    return [];
  }
  const rows: unknown = typeof parsed === "object" && parsed !== null && "rows" in parsed ? parsed.rows : [];
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) =>
    typeof row === "object" &&
    row !== null &&
    "uuid" in row &&
    typeof row.uuid === "string" &&
    uuidForm.test(row.uuid)
      ? [row.uuid]
      : [],
  );
}
