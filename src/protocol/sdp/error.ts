/** The text is no session description that can be used. The message says why and never repeats the text. */
export class SdpError extends Error {
  override readonly name = "SdpError";
}
