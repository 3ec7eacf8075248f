import { Type, type Static } from "typebox";
import { input } from "./common.ts";

export const ExplainQuery = input({
  from: Type.String({
    maxLength: 64,
    description: "The calling extension, or 0 and a web user's number; empty: a stranger.",
  }),
  to: Type.String({ minLength: 1, maxLength: 64, description: "What is dialled." }),
  context: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description:
        "Dialplan context; that of the calling extension, or of the proxy account for a web user, if not given.",
    }),
  ),
});
export type ExplainQuery = Static<typeof ExplainQuery>;

/** What FreeSWITCH would be answered, by the very generator that answers it. */
export const Explanation = Type.Object({
  context: Type.String(),
  steps: Type.Array(
    Type.Object({
      extension: Type.String(),
      field: Type.String(),
      expression: Type.String(),
      value: Type.String(),
      pass: Type.Boolean(),
    }),
  ),
  actions: Type.Array(Type.Object({ application: Type.String(), data: Type.String() })),
  outcome: Type.Object({
    kind: Type.String({ examples: ["extension", "webUser", "feature", "reject"] }),
    target: Type.String({
      description:
        "The number that is called, that of a feature as it was dialled, or the cause of a rejection.",
    }),
    reason: Type.Optional(Type.String({ description: "Why it is rejected, in words." })),
  }),
  xml: Type.String(),
});
export type Explanation = Static<typeof Explanation>;
