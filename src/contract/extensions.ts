import { Type, type Static } from "typebox";
import { input, PageQuery, pageOf } from "./common.ts";

/** An extension's number; a leading 0 is the web users'. */
const ExtensionNumber = Type.String({
  minLength: 1,
  maxLength: 64,
  description: "Two to fifteen digits; a leading 0 is the web users'.",
  examples: ["1001"],
});

const fields = {
  displayName: Type.String({ maxLength: 100, description: "Shown by called phones and in lists." }),
  callerIdName: Type.String({ maxLength: 100, description: "Shown to called phones; empty: displayName." }),
  callerIdNumber: Type.String({ maxLength: 64, description: "Shown to called phones; empty: the number." }),
  context: Type.String({
    minLength: 1,
    maxLength: 64,
    description: "Dialplan context of its calls.",
    examples: ["default"],
  }),
  callGroup: Type.String({ maxLength: 256, description: "Names of call groups, comma-separated." }),
  tollAllow: Type.String({
    maxLength: 256,
    description: "Classes, comma-separated, as FreeSWITCH's toll_allow.",
  }),
  enabled: Type.Boolean({ description: "A disabled extension can neither register nor be called." }),
};

const optionalFields = {
  displayName: Type.Optional(fields.displayName),
  callerIdName: Type.Optional(fields.callerIdName),
  callerIdNumber: Type.Optional(fields.callerIdNumber),
  context: Type.Optional(fields.context),
  callGroup: Type.Optional(fields.callGroup),
  tollAllow: Type.Optional(fields.tollAllow),
  enabled: Type.Optional(fields.enabled),
};

const password = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 128,
    writeOnly: true,
    description:
      "SIP password, or `random` to have one made. Only its hash is kept; it is shown once, if made.",
  }),
);

export const Extension = Type.Object({
  number: ExtensionNumber,
  domain: Type.String({ description: "SIP domain and digest realm." }),
  kind: Type.Enum(["phone", "proxy"], {
    description: "`proxy`: the account that calls to web users go through. Patchcord keeps it.",
  }),
  ...fields,
  registered: Type.Boolean({ description: "Whether a phone is registered as it now." }),
});
export type Extension = Static<typeof Extension>;

/** POST /extensions. */
export const ExtensionInput = input({ number: ExtensionNumber, password, ...optionalFields });
export type ExtensionInput = Static<typeof ExtensionInput>;

/** PUT and PATCH /extensions/NUMBER; a `number`, where given, must be that of the path. */
export const ExtensionPatch = input({ number: Type.Optional(ExtensionNumber), password, ...optionalFields });
export type ExtensionPatch = Static<typeof ExtensionPatch>;

/** Answer to what may have generated a password: the only time it is shown. */
export const ExtensionCreated = Type.Object({
  ...Extension.properties,
  password: Type.Optional(
    Type.String({ description: "The password, if Patchcord generated it. Shown this once." }),
  ),
});
export type ExtensionCreated = Static<typeof ExtensionCreated>;

const BulkNumber = Type.Union([ExtensionNumber, Type.Integer()]);

/** POST /extensions/bulk: both ends included. */
export const BulkInput = input({
  from: BulkNumber,
  to: BulkNumber,
  password: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      writeOnly: true,
      description: "`random` (the default): one for each; any other text: the password of all of them.",
    }),
  ),
  template: Type.Optional(input(optionalFields, { description: "What all of them have in common." })),
  onExisting: Type.Optional(Type.Enum(["skip", "replace", "fail"])),
});
export type BulkInput = Static<typeof BulkInput>;

export const BulkResult = Type.Object({
  created: Type.Integer(),
  skipped: Type.Integer(),
  replaced: Type.Integer(),
  credentials: Type.Array(Type.Object({ number: Type.String(), password: Type.String() }), {
    description: "Passwords are shown this once.",
  }),
});
export type BulkResult = Static<typeof BulkResult>;

export const ExtensionQuery = input({
  ...PageQuery,
  q: Type.Optional(Type.String({ maxLength: 100, description: "Part of the number or the display name." })),
});
export type ExtensionQuery = Static<typeof ExtensionQuery>;

export const ExtensionPath = Type.Object({ number: Type.String({ minLength: 1, maxLength: 64 }) });

export const ExtensionPage = pageOf(Extension);
