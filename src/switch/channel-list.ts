/** What FreeSWITCH takes for a uuid is any word (`origination_uuid`); this is what may stand in a command. */
const uuid = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

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
    uuid.test(row.uuid)
      ? [row.uuid]
      : [],
  );
}
