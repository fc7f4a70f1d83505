import { call } from "./api.js";

const RETRY_MS = 2_000;

/** All texts of one phone, kept up to date. Fires "changed", and "service" when the connection comes or goes. */
export class Feed extends EventTarget {
  #texts = new Map();
  #stop = null;
  isUp = true;
  isRead = false;

  /** Goes over to another phone. */
  follow(phone) {
    this.#stop?.abort();
    this.#stop = new AbortController();
    this.#texts.clear();
    this.isRead = false;
    this.#run(phone, this.#stop.signal);
  }

  /** What the phone has or had to do with: the oldest first. A text that is on its way it does not know of. */
  get texts() {
    return [...this.#texts.values()].filter((one) => one.state !== "on its way")
      .sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : a.order - b.order);
  }

  async #run(phone, signal) {
    for (let after = 0; !signal.aborted;) {
      try {
        const wait = this.isRead && this.isUp ? 20 : 0;
        const path = `/phone/${encodeURIComponent(phone)}/texts?after=${after}&wait=${wait}`;
        const news = await call(path, undefined, signal);
        after = news.next;
        for (const one of news.texts) this.#texts.set(one.sid, one);
        this.#serve(true);
        if (news.texts.length || !this.isRead) {
          this.isRead = true;
          this.dispatchEvent(new Event("changed"));
        }
      } catch {
        if (signal.aborted) return;
        this.#serve(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        // The carrier may have begun anew, and counts from 1 again.
        after = 0;
      }
    }
  }

  #serve(isUp) {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    this.dispatchEvent(new Event("service"));
  }
}
