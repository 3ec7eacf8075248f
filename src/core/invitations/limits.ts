import { Failure, type FailureCode } from "../../base/index.ts";

/** Bytes of UTF-8. */
export const signallingLimits = { content: 8192, response: 8192, channelId: 64 } as const;

const codes = {
  content: "content-too-long",
  response: "response-too-long",
  channelId: "channel-id-too-long",
} as const satisfies Record<string, FailureCode>;

/** @throws Failure content-too-long, response-too-long, channel-id-too-long */
export function refuseLongText(texts: {
  readonly [Name in keyof typeof codes]?: string | undefined;
}): void {
  for (const name of ["content", "response", "channelId"] as const) {
    const text = texts[name];
    if (text === undefined) continue;
    const bytes = Buffer.byteLength(text, "utf8");
    const most = signallingLimits[name];
    if (bytes > most)
      throw new Failure(codes[name], `${name}: ${bytes} bytes of UTF-8; at most ${most} are taken`);
  }
}
