/** Says that something happened to whoever asked: a smaller EventTarget, with values instead of events. */
export class Events {
  #listeners = new Map();

  /** Returns a function that ends it. */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(name, value) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      // One view that fails must not keep the others, or the stream, from what comes.
      try {
        listener(value);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
