import type { Problem } from "../../contract/index.ts";

/** What a request failed with. `code` is stable: one of Patchcord's, or `unreachable`, `timeout`, `not-patchcord`. */
export class PatchcordError extends Error {
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** This occurrence, and what to do next. */
  readonly detail: string;
  /** Each violation of the documented form, where there are any. */
  readonly errors: NonNullable<Problem["errors"]>;
  /** The whole problem document; some codes add members, such as `state` and `allowed`. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(
    { code, status, detail, errors = [], ...extra }: Pick<Problem, "code" | "status" | "detail" | "errors">,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = "PatchcordError";
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.problem = { code, status, detail, errors, ...extra };
  }
}
