/** Typed events whose listeners cannot harm the emitter: what a listener throws goes to `onError`. */
export class Emitter<Events extends Record<string, unknown>> {
  readonly #listeners: { [Type in keyof Events]?: Set<(payload: Events[Type]) => void> } = {};
  readonly #onError: (error: unknown, type: keyof Events) => void;

  constructor(onError: (error: unknown, type: keyof Events) => void) {
    this.#onError = onError;
  }

  /** Adds a listener; the answer removes it. */
  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): () => void {
    const listeners = (this.#listeners[type] ??= new Set());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  emit<Type extends keyof Events>(type: Type, payload: Events[Type]): void {
    for (const listener of this.#listeners[type] ?? []) {
      try {
        listener(payload);
      } catch (error) {
        this.#onError(error, type);
      }
    }
  }
}
