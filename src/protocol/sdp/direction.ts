import type { Attribute, Direction } from "./model.ts";

const directions: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** The media's own, else the session's, else sendrecv (RFC 8866 section 6.7). */
export const directionOf = (session: readonly Attribute[], media: readonly Attribute[]): Direction =>
  among(media) ?? among(session) ?? "sendrecv";

const among = (attributes: readonly Attribute[]): Direction | undefined =>
  directions.find((direction) => attributes.some(({ name }) => name === direction));

const sends = (direction: Direction): boolean => direction === "sendrecv" || direction === "sendonly";
const receives = (direction: Direction): boolean => direction === "sendrecv" || direction === "recvonly";

function directionFrom(send: boolean, receive: boolean): Direction {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

/** RFC 3264 section 6.1: our answer to what the peer offered, when we would like `wanted`. */
export const answerDirection = (offered: Direction, wanted: Direction): Direction =>
  directionFrom(sends(wanted) && receives(offered), receives(wanted) && sends(offered));

/** What is left of a direction when its party takes no media. */
export const withoutReceiving = (direction: Direction): Direction => directionFrom(sends(direction), false);

export const takesMedia = receives;
