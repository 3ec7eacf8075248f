import { WebPhone, WebPhoneError, type Call, type WebPhoneState } from "../../sdk/rtc/index.ts";
import { keepToken } from "./token.ts";
import { Tones, type Tone } from "./tones.ts";
import { endingOf, sentenceFor, type Ending } from "./words.ts";

/** A call as it is shown. */
export interface CallView {
  readonly direction: Call["direction"];
  readonly state: Call["state"];
  /** Name, else number. */
  readonly who: string;
  readonly number: string;
  readonly named: boolean;
  /** What the caller dialled. */
  readonly dialled: string;
  /** Milliseconds since the epoch. */
  readonly answeredAt: number | undefined;
  readonly muted: boolean;
  /** Keys pressed here, and at the far side. */
  readonly pressed: string;
  readonly heard: string;
  /** The browser plays nothing until the page is touched. */
  readonly silent: boolean;
  /** The microphone is being asked for, or the answer is under way. */
  readonly busy: boolean;
  /** What went wrong without ending the call. */
  readonly problem: string | undefined;
}

export interface PastCall {
  readonly key: number;
  readonly direction: Call["direction"];
  readonly who: string;
  readonly number: string;
  readonly missed: boolean;
  readonly at: number;
  /** Milliseconds of talk; undefined where nobody answered. */
  readonly talked: number | undefined;
  readonly ending: Ending;
}

export interface Snapshot {
  readonly signedIn: boolean;
  /** Why one was not, or is no longer, signed in. */
  readonly refusal: string | undefined;
  readonly connection: WebPhoneState;
  /** Why it is not ready. */
  readonly trouble: string | undefined;
  readonly user: { readonly number: string; readonly name: string } | undefined;
  readonly call: CallView | undefined;
  /** The latest call that ended, until it is dismissed or another begins. */
  readonly ended: PastCall | undefined;
  /** The latest first. */
  readonly recent: readonly PastCall[];
}

const signedOut: Snapshot = {
  signedIn: false,
  refusal: undefined,
  connection: "connecting",
  trouble: undefined,
  user: undefined,
  call: undefined,
  ended: undefined,
  recent: [],
};

const mostRecent = 8;

/** What can be dialled, out of what was typed or pasted: `+49 (89) 123-4` → `+49891234`. */
export const diallable = (text: string): string => text.replaceAll(/[^0-9*#+]/g, "").slice(0, 21);

/** Who the call is with. */
const personOf = ({ remote }: Call): Pick<CallView, "who" | "number" | "named"> => {
  const { number } = remote;
  // What turns the direction of the text around it would turn our own sentences.
  const name = remote.name.replaceAll(/\p{Bidi_Control}/gu, "").trim();
  return { who: name || number || "Unknown caller", number, named: name !== "" && name !== number };
};

/** What a person is told of an error that ended nothing. */
const troubleOf = (error: unknown): string => {
  if (!(error instanceof WebPhoneError)) return String(error);
  return sentenceFor(error.code, "the other side", "this number") ?? error.detail;
};

/** The phone on this page: one call at a time. React shows its snapshots and calls its methods. */
export class PhoneModel {
  readonly #audio: HTMLAudioElement;
  readonly #tones = new Tones();
  readonly #listeners = new Set<() => void>();
  #snapshot = signedOut;
  #phone: WebPhone | undefined;
  #call: Call | undefined;
  #past = 0;

  constructor(audio: HTMLAudioElement) {
    this.#audio = audio;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Signs in; whoever was signed in before is signed out. */
  signIn(token: string): void {
    this.signOut();
    try {
      const phone = new WebPhone({ url: location.origin, token: token.trim(), audio: this.#audio });
      this.#phone = phone;
      keepToken(token.trim());
      this.#set({ signedIn: true });
      phone.on("incoming", (call) => this.#ring(call));
      phone.on("state", ({ state, error }) => {
        if (phone !== this.#phone) return;
        if (state === "closed") {
          this.#leave(
            error === undefined ? undefined : `Patchcord does not accept this token: ${error.detail}.`,
          );
          return;
        }
        const { user } = phone;
        this.#set({
          connection: state,
          trouble: error?.detail,
          user: user && { number: `0${user.number}`, name: user.displayName },
        });
      });
    } catch (error) {
      const isOther = error instanceof WebPhoneError && error.code === "not-a-web-token";
      this.#leave(
        isOther
          ? "This is an API token, or not a token at all. It was not sent anywhere. The phone wants a web user’s token: make one with npx patchcord token USER."
          : troubleOf(error),
      );
    }
  }

  signOut(): void {
    const phone = this.#phone;
    this.#leave(undefined);
    phone?.close();
  }

  dial(number: string): void {
    const to = diallable(number);
    if (this.#phone === undefined || this.#call !== undefined || to === "") return;
    this.#show(this.#phone.invite({ to }));
  }

  async answer(): Promise<void> {
    const call = this.#call;
    if (call === undefined || this.#snapshot.call?.busy !== false) return;
    this.#change({ busy: true, problem: undefined });
    try {
      await call.accept();
    } catch (error) {
      if (call.end !== undefined || call !== this.#call) return;
      this.#change({ problem: troubleOf(error) });
    } finally {
      if (call === this.#call) this.#change({ busy: false });
    }
  }

  hangUp(): void {
    void this.#call?.hangup();
  }

  async press(keys: string): Promise<void> {
    const call = this.#call;
    if (call?.state !== "accepted") return;
    this.#change({ pressed: (this.#snapshot.call?.pressed ?? "") + keys });
    try {
      await call.dtmf(keys);
    } catch (error) {
      if (call === this.#call) this.#change({ problem: `The keys were not sent: ${troubleOf(error)}` });
    }
  }

  toggleMute(): void {
    const call = this.#call;
    if (call === undefined) return;
    call.mute(!call.muted);
    this.#change({ muted: call.muted });
  }

  listen(): void {
    this.#change({ silent: false });
    void this.#call?.play();
  }

  dismiss(): void {
    this.#set({ ended: undefined });
  }

  #ring(call: Call): void {
    if (this.#call === undefined) {
      this.#show(call);
      return;
    }
    const phone = this.#phone;
    call.on("ended", () => {
      if (phone === this.#phone) this.#remember(call);
    });
    call.refuse({ reason: "busy" }).catch(() => undefined);
  }

  #show(call: Call): void {
    this.#call = call;
    this.#set({
      ended: undefined,
      call: {
        direction: call.direction,
        state: call.state,
        ...personOf(call),
        dialled: call.number,
        answeredAt: undefined,
        muted: false,
        pressed: "",
        heard: "",
        silent: false,
        busy: false,
        problem: undefined,
      },
    });
    call.on("state", (state) => this.#change({ state, answeredAt: call.answeredAt, ...personOf(call) }));
    call.on("remoteStream", () => this.#sound());
    call.on("dtmf", (keys) => this.#change({ heard: (this.#snapshot.call?.heard ?? "") + keys }));
    call.on("microphone", (error) =>
      this.#change({
        problem: error && `Nobody hears you: your microphone is gone. ${troubleOf(error)}`,
      }),
    );
    call.on("playoutBlocked", () => this.#change({ silent: true }));
    call.on("ended", () => {
      // Signed out meanwhile: the next user shall not see it.
      if (call !== this.#call) return;
      this.#call = undefined;
      this.#set({ call: undefined, ended: this.#remember(call) });
    });
  }

  #remember(call: Call): PastCall | undefined {
    if (call.end === undefined) return undefined;
    this.#past += 1;
    const { who, number } = personOf(call);
    const ending = endingOf({ direction: call.direction, who, number, end: call.end });
    const past: PastCall = {
      key: this.#past,
      direction: call.direction,
      who,
      number,
      missed: call.direction === "incoming" && ending.tone === "notice",
      at: call.startedAt,
      talked: call.answeredAt === undefined ? undefined : Date.now() - call.answeredAt,
      ending,
    };
    this.#set({ recent: [past, ...this.#snapshot.recent].slice(0, mostRecent) });
    return past;
  }

  #leave(refusal: string | undefined): void {
    this.#phone = undefined;
    this.#call = undefined;
    keepToken(undefined);
    this.#set({ ...signedOut, refusal });
  }

  /** Ringing here, ringing there, or nothing: whatever the call sends by itself wins. */
  #sound(): void {
    const call = this.#call;
    let tone: Tone | undefined;
    if (call?.state === "received" && call.direction === "incoming" && !this.#snapshot.call?.busy)
      tone = "ring";
    if (call?.state === "received" && call.direction === "outgoing" && call.remoteStream === undefined)
      tone = "ringback";
    this.#tones.play(tone);
  }

  #change(part: Partial<CallView>): void {
    const { call } = this.#snapshot;
    if (call !== undefined) this.#set({ call: { ...call, ...part } });
  }

  #set(part: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    this.#sound();
    for (const listener of this.#listeners) listener();
  }
}
