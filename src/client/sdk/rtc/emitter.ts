/** Typed events; what a listener throws goes to the page's `error` event, never to whoever emits. */
export class Emitter<Events extends object> {
  readonly #listeners: { [Type in keyof Events]?: Set<(payload: Events[Type]) => void> } = {};

  /** Adds a listener; the answer removes it. */
  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): () => void {
    const listeners = (this.#listeners[type] ??= new Set());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  has(type: keyof Events): boolean {
    return (this.#listeners[type]?.size ?? 0) > 0;
  }

  emit<Type extends keyof Events>(type: Type, payload: Events[Type]): void {
    for (const listener of this.#listeners[type] ?? []) {
      try {
        listener(payload);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
