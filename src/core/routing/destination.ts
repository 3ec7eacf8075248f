import { Failure } from "../../base/index.ts";
import { numberForm } from "../extensions/index.ts";
import { decide, type RouteDirectory } from "./decide.ts";

/** One side of a call that an app asks for. */
export type Destination =
  | { readonly kind: "extension"; readonly number: string }
  | { readonly kind: "webUser"; readonly number: string }
  | { readonly kind: "app"; readonly app: "echo" }
  | { readonly kind: "app"; readonly app: "conference"; readonly room: string };

const shown = (text: string): string => JSON.stringify(text.slice(0, 40));

/**
 * What `text` dials in the default context. Throws `extension-not-found` for an extension that nobody can call, and
 * `invalid-number` for what is no destination at all.
 */
export async function parseDestination(
  text: string,
  domain: string,
  directory: RouteDirectory,
): Promise<Destination> {
  const query = { context: "default", dialled: text, caller: { kind: "none" }, domain } as const;
  // Whoever may ask us to make a call may call whom they like.
  const { outcome } = await decide(query, directory, { webDialRule: null });
  if (outcome.kind === "extension" || outcome.kind === "webUser")
    return { kind: outcome.kind, number: outcome.number };
  if (outcome.kind === "feature" && outcome.feature === "echo") return { kind: "app", app: "echo" };
  if (outcome.kind === "feature" && outcome.feature === "conference") {
    return { kind: "app", app: "conference", room: outcome.number };
  }
  if (outcome.kind === "reject" && numberForm.test(text)) {
    throw new Failure("extension-not-found", `${outcome.reason}; see GET /extensions for those that are`);
  }
  throw new Failure(
    "invalid-number",
    `${shown(text)} cannot be called from here; give an extension, 0 and a web user's number, 9196 or a conference room`,
  );
}
