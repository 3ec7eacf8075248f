import type { Extension } from "../../../src/core/extensions/index.ts";

export const extension = (number: string, fields: Partial<Extension> = {}): Extension => ({
  number,
  domain: "a.test",
  displayName: number,
  callerIdName: "",
  callerIdNumber: "",
  context: "default",
  callGroup: "",
  tollAllow: "",
  enabled: true,
  kind: "phone",
  ha1: "0".repeat(32),
  ...fields,
});
