import { Type, type Static, type TSchema } from "typebox";

/** Milliseconds since the epoch. */
export const Time = Type.Integer({ description: "Milliseconds since the epoch." });

export const NullableTime = Type.Union([Time, Type.Null()]);

export const NullableText = Type.Union([Type.String(), Type.Null()]);

/** RFC 9457 problem document; `code` is the stable name of the failure. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: "`urn:patchcord:problem:CODE`." }),
    title: Type.String({ description: "The same words for every occurrence of the code." }),
    status: Type.Integer(),
    detail: Type.String({ description: "This occurrence, and what to do next." }),
    code: Type.String({ description: "Stable name of the failure." }),
    retry: Type.Optional(
      Type.Boolean({ description: "True where the same request may succeed later, unchanged." }),
    ),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          path: Type.String({ description: "Where: `body/displayName`, `query/limit` …" }),
          message: Type.String(),
        }),
      ),
    ),
  },
  { description: "RFC 9457 problem document. Some codes add members, such as `state` and `allowed`." },
);
export type Problem = Static<typeof Problem>;

const maxPageSize = 1000;

export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: maxPageSize,
      default: 100,
      description: "Items a page, 100 if not given.",
    }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: "`next` of the page before." }),
  ),
};

/** A page of a list. `next` is the cursor of the following page, null on the last one. */
export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({ items: Type.Array(item), next: NullableText });

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** An object that refuses unknown members: the form of every input. */
export const input = <Properties extends Record<string, TSchema>>(
  properties: Properties,
  options: { description?: string } = {},
) => Type.Object(properties, { ...options, additionalProperties: false });
