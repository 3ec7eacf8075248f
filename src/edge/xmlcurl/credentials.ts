import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Whether an `Authorization` header is Basic (RFC 7617) with these credentials; takes equally long whatever differs. */
export function basicCredentials(
  user: string,
  password: string,
): (authorization: string | undefined) => boolean {
  const wanted = digest(`${user}:${password}`);
  return (authorization = "") => {
    const [scheme = "", encoded = ""] = authorization.split(" ", 2);
    const given = digest(Buffer.from(encoded, "base64").toString("utf8"));
    return timingSafeEqual(given, wanted) && scheme.toLowerCase() === "basic";
  };
}
