/** Where a call's sound goes: an audio element, its own unless one was given, or nowhere for null. */
export class Playout {
  readonly #element: HTMLAudioElement | null;
  #stream: MediaStream | undefined;

  constructor(element: HTMLAudioElement | null | undefined) {
    this.#element = element === undefined ? new Audio() : element;
  }

  /** Resolves to whether it sounds: browsers may refuse until the user has touched the page. */
  async play(stream: MediaStream): Promise<boolean> {
    this.#stream = stream;
    if (this.#element === null) return true;
    if (this.#element.srcObject !== stream) this.#element.srcObject = stream;
    try {
      await this.#element.play();
      return true;
    } catch (error) {
      // An AbortError tells that the call ended, or another stream came, before the first sound.
      return !(error instanceof DOMException && error.name === "NotAllowedError");
    }
  }

  stop(): void {
    if (this.#element !== null && this.#stream !== undefined && this.#element.srcObject === this.#stream) {
      this.#element.srcObject = null;
    }
    this.#stream = undefined;
  }
}
