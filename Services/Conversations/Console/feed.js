import { Events } from "./events.js";
import { eventsOf } from "./sse.js";

/** The server sends at least a comment every 15 s: after three of them the connection is only half there. */
const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;

/** A tab that nobody looks at gives its connection back: a browser has six of them for all tabs. */
const HIDDEN_MS = 60_000;
/** After a sleep, or on another network, a silent connection is not trusted for longer than this. */
const TRUST_MS = 20_000;

/**
 * The stream of changes, kept open for as long as somebody is signed in. Says `message`, `status`, `conversation`,
 * `draft` and `reset` as the server does, `began` when it stands at a place that the page has to read from anew, and `state`.
 *
 * It is read with fetch, since EventSource cannot send the token. It comes back by its cursor: over any number of
 * cuts each message comes once.
 */
export class Feed extends Events {
  /** connecting, live or lost. */
  state = "connecting";
  #session;
  #cursor = null;
  #open = null;
  /** The `#open` of the stream that runs. */
  #running = null;
  #run = null;
  #retry = FIRST_RETRY_MS;
  #heardAt = 0;
  #isResting = false;
  /** Of a dealership's tabs, one listens also while nobody looks, for sound, notifications and the title. */
  #isEar = !navigator.locks;
  #ear = { dealership: null, release: () => {} };
  #wake = () => {};

  constructor(session) {
    super();
    this.#session = session;
    addEventListener("online", () => this.#look());
    // The stream may hang for long before it breaks: asked again, it says so at once.
    addEventListener("offline", () => { if (this.#run) this.start(); });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) setTimeout(() => this.#rest(), HIDDEN_MS);
      else this.#look();
    });
  }

  /** Shows the drafts of that conversation from now on. */
  open(conversation) {
    if (conversation === this.#open) return;
    this.#open = conversation;
    // Closing one conversation and opening the next is one change.
    queueMicrotask(() => { if (this.#run && this.#open !== this.#running) this.start(); });
  }

  /** Where it was, or, for another dealership or member of staff, from where the server is. */
  start({ anew = false } = {}) {
    this.stop();
    if (anew) this.#cursor = null;
    this.#isResting = false;
    this.#run = new AbortController();
    this.#running = this.#open;
    this.#listen(this.#session.dealership.id);
    this.#keep(this.#run.signal);
  }

  /** A lock is held for as long as the tab shows that dealership; then another tab gets it. Plain http has none. */
  #listen(dealership) {
    if (!navigator.locks || dealership === this.#ear.dealership) return;
    this.#ear.release();
    this.#isEar = false;
    const ear = this.#ear = { dealership, release: () => {} };
    navigator.locks.request(`directchat.ear.${dealership}`, () => new Promise((release) => {
      if (this.#ear !== ear) return release();
      this.#isEar = true;
      ear.release = release;
    }));
  }

  #rest() {
    if (!document.hidden || this.#isEar || !this.#run) return;
    this.stop();
    this.#isResting = true;
  }

  #look() {
    const isSilent = this.#run && Date.now() - this.#heardAt > TRUST_MS;
    if (this.#isResting || isSilent) this.start();
    else this.#wake();
  }

  stop() {
    this.#run?.abort();
    this.#run = null;
  }

  async #keep(signal) {
    while (!signal.aborted) {
      const isOver = await this.#once(signal).catch((error) => error.status === 401);
      if (signal.aborted) return;
      if (isOver) {
        this.stop();
        this.#become("lost");
        return this.#session.end();
      }
      this.#become("lost");
      await this.#pause(this.#retry * (0.5 + Math.random() / 2), signal);
      this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MS);
    }
  }

  async #once(signal) {
    const query = new URLSearchParams({ dealership: this.#session.dealership.id });
    if (this.#running) query.set("open", this.#running);
    const headers = { Authorization: `Bearer ${this.#session.token}`, Accept: "text/event-stream" };
    if (this.#cursor) headers["Last-Event-ID"] = this.#cursor;
    const cut = new AbortController();
    const either = AbortSignal.any([signal, cut.signal]);
    let alarm = setTimeout(() => cut.abort(), SILENCE_MS);
    try {
      const answer = await fetch(`/v1/stream?${query}`, { headers, signal: either, cache: "no-store" });
      if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
      const heard = () => {
        this.#heardAt = Date.now();
        clearTimeout(alarm);
        alarm = setTimeout(() => cut.abort(), SILENCE_MS);
        if (signal.aborted) return;
        this.#retry = FIRST_RETRY_MS;
        this.#become("live");
      };
      for await (const event of eventsOf(answer.body, heard)) {
        if (signal.aborted) return;
        this.#take(event);
      }
    } finally {
      clearTimeout(alarm);
      cut.abort();
    }
  }

  #take({ name, data, id }) {
    const isFirst = this.#cursor === null;
    if (data !== null) this.emit(name, data);
    if (id !== null) this.#cursor = id;
    if (isFirst && id !== null) this.emit("began");
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }

  /** Ends early when the network or the user comes back. */
  #pause(milliseconds, signal) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => { clearTimeout(timer); resolve(); };
      signal.addEventListener("abort", this.#wake, { once: true });
    });
  }
}
