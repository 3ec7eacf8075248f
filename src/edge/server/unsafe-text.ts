import { Failure } from "../../base/index.ts";

// C0 and C1 controls, DEL, and the line separators that some readers take for a new line. A lone surrogate has no
// UTF-8 form.
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

export const isUnsafe = (text: string): boolean => unsafe.test(text) || !text.isWellFormed();

/** Path of the first unsafe text in a value out of JSON, `body/variables/x` say; undefined when all is safe. */
function unsafePath(value: unknown, root: string): string | undefined {
  // A list instead of recursion: a body may be nested deeper than the stack.
  const pending: { value: unknown; path: string }[] = [{ value, path: root }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, path } = next;
    if (typeof value === "string") {
      if (isUnsafe(value)) return path;
    } else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (isUnsafe(name)) return `${path} (a member's name)`;
        pending.push({ value: member, path: path.length < 200 ? `${path}/${name}` : path });
      }
    }
  }
  return undefined;
}

/**
 * Refuses text that could end a line of an event-socket command or a SIP header, in whatever field of the parts, by
 * name, it stands.
 * @throws Failure unsafe-text
 */
export function refuseUnsafeText(parts: Readonly<Record<string, unknown>>): void {
  for (const [root, value] of Object.entries(parts)) {
    const path = unsafePath(value, root);
    if (path !== undefined) {
      const detail = `${path} holds a control character, a line break or half a character: send it without`;
      throw new Failure("unsafe-text", detail, {
        errors: [{ path, message: "holds characters that are refused" }],
      });
    }
  }
}
