import type { FastifySchemaCompiler, FastifySchemaValidationError } from "fastify";
import { Type, type TSchema } from "typebox";
import { Compile } from "typebox/compile";

/** `10` for the text "10" where a number is wanted; anything less clear stays text, and is refused as such. */
function convert(schema: unknown, value: unknown): unknown {
  if (typeof value !== "string" || typeof schema !== "object" || schema === null || !("type" in schema))
    return value;
  if (schema.type === "integer" && /^-?(?:0|[1-9][0-9]{0,14})$/.test(value)) return Number(value);
  if (schema.type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}

/** Query and path are text on the wire: their numbers and truths are read as the schema says. */
function convertMembers(schema: TSchema, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Type.IsObject(schema)) return value;
  const { properties } = schema;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, convert(properties[name], member)]),
  );
}

/** Validates by the contract's schemas; bodies are taken as they are, nothing is coerced, nothing dropped. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value: unknown) => {
    const read = httpPart === "body" ? value : convertMembers(schema, value);
    if (validator.Check(read)) return { value: read };
    const error: FastifySchemaValidationError[] = validator.Errors(read);
    return { error };
  };
};
