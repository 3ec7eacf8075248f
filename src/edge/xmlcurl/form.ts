/** A decoded form, a name that came twice as said below. */
export type Form = ReadonlyMap<string, string>;

/** Written by mod_xml_curl itself in front of everything that a caller, a phone or a channel variable can name. */
const leading = new Set(["hostname", "section", "tag_name", "key_name", "key_value"]);

/**
 * Decodes `application/x-www-form-urlencoded` and never fails: broken percent-encoding stays as it is, bytes that
 * are no UTF-8 become U+FFFD. Of a repeated name the first counts where mod_xml_curl writes it first, else the last:
 * FreeSWITCH adds what it looks for behind the variables of the call.
 */
export function parseForm(body: string): Form {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (!leading.has(name) || !form.has(name)) form.set(name, value);
  }
  return form;
}
