import type {
  Dialog,
  DialogHandlers,
  Headers,
  IncomingInvite,
  IncomingOffer,
  IncomingRefer,
  OutgoingHandlers,
  OutgoingInvite,
} from "../../src/protocol/sip/index.ts";

/** Everything that one side of a call was told, in words, and what it can do. */
export class Told {
  readonly events: string[] = [];
  dialog: Dialog | undefined;
  invite: OutgoingInvite | undefined;
  incoming: IncomingInvite | undefined;
  offer: IncomingOffer | undefined;
  refer: IncomingRefer | undefined;
  headers: Headers | null = null;
  /** Of the latest answer or provisional response. */
  sdp: string | null = null;

  readonly dialogHandlers: DialogHandlers = {
    bye: (headers) => {
      this.headers = headers;
      this.events.push("bye");
    },
    lost: (reason) => this.events.push(`lost: ${reason}`),
    reinvite: (offered) => {
      this.offer = offered;
      this.events.push(`reinvite ${offered.sdp === null ? "without sdp" : "with sdp"}`);
    },
    digit: ({ digit, milliseconds }) => this.events.push(`digit ${digit} ${milliseconds}`),
    info: ({ contentType, body }) =>
      this.events.push(`info ${contentType} ${Buffer.from(body).toString("utf8")}`),
    refer: (refer) => {
      this.refer = refer;
      this.events.push(`refer ${refer.to}`);
    },
  };

  readonly outgoing: OutgoingHandlers = {
    provisional: ({ status, sdp }) => {
      this.sdp = sdp ?? this.sdp;
      this.events.push(`${status}${sdp === null ? "" : " with sdp"}`);
    },
    accepted: ({ dialog, sdp, headers }) => {
      this.sdp = sdp ?? this.sdp;
      this.headers = headers;
      this.take(dialog);
      this.events.push(`accepted${sdp === null ? "" : " with sdp"}`);
    },
    rejected: ({ status, headers }) => {
      this.headers = headers;
      this.events.push(`rejected ${status}`);
    },
  };

  /** A call came. */
  ring(call: IncomingInvite): void {
    this.incoming = call;
    this.events.push("invite");
    call.handle({
      canceled: (headers) => {
        this.headers = headers;
        this.events.push("canceled");
      },
    });
  }

  take(dialog: Dialog): Dialog {
    this.dialog = dialog;
    dialog.handle(this.dialogHandlers);
    return dialog;
  }

  /** The dialog, which there is. */
  get call(): Dialog {
    if (!this.dialog) throw new Error(`there is no dialog after ${this.events.join(", ")}`);
    return this.dialog;
  }

  get ringing(): IncomingInvite {
    if (!this.incoming) throw new Error(`no call came: ${this.events.join(", ")}`);
    return this.incoming;
  }
}
