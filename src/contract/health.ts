import { Type, type Static } from "typebox";

export const Health = Type.Object({ status: Type.Literal("ok"), version: Type.String() });
export type Health = Static<typeof Health>;

export const Readiness = Type.Object({
  status: Type.Enum(["ready", "not-ready"]),
  reasons: Type.Array(Type.String(), { description: "What is missing, and what to do; empty when ready." }),
});
export type Readiness = Static<typeof Readiness>;
