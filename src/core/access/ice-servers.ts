import { createHmac } from "node:crypto";

/** A STUN or TURN server, as the operator gives it. */
export interface IceServerSetting {
  readonly urls: readonly string[];
  /** Credentials that last. */
  readonly username?: string;
  readonly credential?: string;
  /** What credentials that end are made of; never told to anybody. */
  readonly secret?: string;
}

/** What a browser is told. */
export interface IceServer {
  readonly urls: string[];
  readonly username?: string;
  readonly credential?: string;
}

/**
 * The servers as one web user may use them until `expiresAt` (milliseconds since the epoch). Credentials of a TURN
 * server with a secret are those of draft-uberti-behave-turn-rest-00 section 2.2: the username is the end in seconds,
 * a colon and who it is, the credential the base64 of its HMAC-SHA1.
 */
export const iceServersFor = (
  settings: readonly IceServerSetting[],
  user: string,
  expiresAt: number,
): IceServer[] =>
  settings.map(({ urls, secret, username, credential }) => {
    if (secret === undefined) {
      return {
        urls: [...urls],
        ...(username !== undefined && { username }),
        ...(credential !== undefined && { credential }),
      };
    }
    const name = `${Math.ceil(expiresAt / 1000)}:${user}`;
    return {
      urls: [...urls],
      username: name,
      credential: createHmac("sha1", secret).update(name, "utf8").digest("base64"),
    };
  });
