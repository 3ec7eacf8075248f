import type { FastifyError, FastifySchemaValidationError } from "fastify";
import { Failure, failures, type FailureCode } from "../../base/index.ts";
import type { Problem } from "../../contract/index.ts";

export const problemType = "application/problem+json; charset=utf-8";

type Detail = NonNullable<Problem["errors"]>[number];

/** The RFC 9457 document of a failure; `extra` members of the failure stand beside the standard ones. */
export function problemOf(failure: Failure): Problem {
  const { status, title, retry } = failures[failure.code];
  const { code, detail } = failure;
  return {
    ...failure.extra,
    type: `urn:patchcord:problem:${code}`,
    title,
    status,
    detail,
    code,
    ...(retry ? { retry } : {}),
  };
}

const fastifyCodes: Readonly<Record<string, FailureCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
};

const namesOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

/** One schema violation in words; several when several members are unknown or missing. */
function detailsOf(where: string, error: FastifySchemaValidationError): Detail[] {
  const path = `${where}${error.instancePath}`;
  switch (error.keyword) {
    case "additionalProperties":
      return namesOf(error.params["additionalProperties"]).map((name) => ({
        path: `${path}/${name}`,
        message: "is not a known member",
      }));
    case "required":
      return namesOf(error.params["requiredProperties"]).map((name) => ({
        path: `${path}/${name}`,
        message: "is missing",
      }));
    case "enum":
      return [{ path, message: `must be one of ${namesOf(error.params["allowedValues"]).join(", ")}` }];
    // The parent's additionalProperties names the same member.
    case "boolean":
      return [];
    default:
      return [{ path, message: error.message ?? "is not of the documented form" }];
  }
}

/** What violates a schema, in words and one by one; `where` names the whole: `body`, `frame` … */
export function invalidRequest(
  where: string,
  violations: readonly FastifySchemaValidationError[],
  cause?: unknown,
): Failure {
  const errors = violations.flatMap((one) => detailsOf(where, one));
  const words = errors.slice(0, 3).map(({ path, message }) => `${path} ${message}`);
  return new Failure("invalid-request", words.join("; "), { errors }, { cause });
}

const isFastifyError = (thrown: unknown): thrown is FastifyError =>
  thrown instanceof Error && "code" in thrown;

/**
 * The failure that whatever was thrown while answering a request stands for. What is not the client's doing
 * becomes `internal`, with no word of ours leaking: the log has it under the request's id.
 */
export function failureOf(thrown: unknown, requestId: string): Failure {
  if (thrown instanceof Failure) return thrown;
  if (isFastifyError(thrown)) {
    if (thrown.validation) {
      const where = (thrown.validationContext ?? "body").replace("querystring", "query");
      return invalidRequest(where, thrown.validation, thrown);
    }
    const code = fastifyCodes[thrown.code];
    if (code) return new Failure(code, thrown.message, {}, { cause: thrown });
    const status = thrown.statusCode ?? 500;
    if (status >= 400 && status < 500)
      return new Failure("invalid-request", thrown.message, {}, { cause: thrown });
  }
  return new Failure(
    "internal",
    `something went wrong that is not your doing; the log of Patchcord tells more under request ${requestId}`,
    {},
    { cause: thrown },
  );
}
