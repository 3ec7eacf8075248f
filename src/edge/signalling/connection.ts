import { Failure, type Logger } from "../../base/index.ts";
import type { ClientFrame, ServerFrame } from "../../contract/index.ts";
import type { ClientMessage, Invitations, WebClient } from "../../core/invitations/index.ts";
import { readFrame } from "./read-frame.ts";

/** What frames ask of core/invitations. */
export type DeviceInvitations = Pick<
  Invitations,
  | "connect"
  | "disconnect"
  | "invite"
  | "received"
  | "cancel"
  | "accept"
  | "refuse"
  | "hangup"
  | "dtmf"
  | "candidate"
>;

interface ConnectionOptions {
  readonly session: string;
  readonly user: string;
  readonly displayName: string;
  readonly invitations: DeviceInvitations;
  /** Never throws; what a closed socket is sent is dropped. */
  readonly send: (frame: ServerFrame) => void;
  readonly log: Pick<Logger, "error">;
}

/** The request that is being carried out. */
interface Request {
  readonly ref: string;
  /** Absent where we choose the id. */
  readonly id: string | undefined;
  answered: boolean;
}

/** A device: its frames become calls of core/invitations, what it is told becomes frames. */
export class Connection implements WebClient {
  readonly session: string;
  readonly user: string;
  readonly displayName: string;
  readonly #o: ConnectionOptions;
  #request: Request | undefined;

  constructor(o: ConnectionOptions) {
    this.session = o.session;
    this.user = o.user;
    this.displayName = o.displayName;
    this.#o = o;
  }

  /** The state that a request leads to is its answer: it carries the `ref`. */
  tell(message: ClientMessage): void {
    const request = this.#request;
    if (
      message.type !== "state" ||
      !request ||
      request.answered ||
      (request.id !== undefined && request.id !== message.id)
    ) {
      this.#o.send(message);
      return;
    }
    request.answered = true;
    this.#o.send({ ...message, ref: request.ref });
  }

  receive(text: string): void {
    const { frame, ref, id } = readFrame(text);
    const request = ref === undefined ? undefined : { ref, id, answered: false };
    this.#request = request;
    try {
      if (frame instanceof Failure) throw frame;
      this.#perform(frame);
      if (request && !request.answered) this.#o.send({ type: "done", ref: request.ref });
    } catch (error) {
      this.refuse(error, { ref, id });
    } finally {
      this.#request = undefined;
    }
  }

  /** Tells what a frame, or the connection itself, failed with. */
  refuse(thrown: unknown, { ref, id }: { ref?: string | undefined; id?: string | undefined } = {}): void {
    if (!(thrown instanceof Failure)) {
      this.#o.log.error(
        { err: thrown, user: this.user, ...(id !== undefined && { invitation: id }) },
        "a frame of a web user failed",
      );
    }
    const { code, detail } =
      thrown instanceof Failure
        ? thrown
        : new Failure("internal", "something went wrong that is not your doing; Patchcord's log tells more");
    this.#o.send({
      type: "error",
      code,
      detail,
      ...(ref !== undefined && { ref }),
      ...(id !== undefined && { id }),
    });
  }

  #perform(frame: ClientFrame): void {
    const { session } = this;
    const { invitations } = this.#o;
    switch (frame.type) {
      case "invite": {
        const { type: _type, ref: _ref, ...input } = frame;
        invitations.invite(session, input);
        return;
      }
      case "accept":
        invitations.accept(session, frame.id, frame);
        return;
      case "refuse":
        invitations.refuse(session, frame.id, frame);
        return;
      case "dtmf":
        invitations.dtmf(session, frame.id, frame.digits);
        return;
      case "candidate":
        invitations.candidate(session, frame.id, frame.candidate);
        return;
      case "received":
        invitations.received(session, frame.id);
        return;
      case "cancel":
        invitations.cancel(session, frame.id);
        return;
      case "hangup":
        invitations.hangup(session, frame.id);
        return;
      case "ping":
        return;
    }
  }
}
