import { mediaWords } from "./attachments.js";
import { h, set } from "./dom.js";
import { recall, remember } from "./memory.js";
import { nameOf } from "./words.js";

/** Between two sounds. */
const RING_GAP_MS = 1_000;
/** An older message has been missed; the list tells of it. */
const OLD_MS = 120_000;

/** Tells staff of customers' messages that they do not look at: in the tab's title, and, where allowed, aloud. */
export class Notices {
  #context;
  #unseen = new Map();
  #isOn = false;
  #sound = null;
  #rang = 0;
  /** Turns sound and notifications on. */
  button = h("button", { type: "button", class: "icon-button notify", onclick: () => this.#toggle() }, "Notify me");

  /** `conversation` gives the one on the screen, `open` shows one. */
  constructor({ feed, desk, session }, conversation, open) {
    this.#context = { desk, conversation, open };
    feed.on("message", (message) => this.#hear(message));
    const look = () => this.look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    const forget = () => { this.#unseen.clear(); this.look(); };
    session.on("changed", forget);
    feed.on("reset", forget);
    // What a colleague has read is no news any more.
    desk.on("conversation", ({ id, unread }) => { if (unread === 0 && this.#unseen.delete(id)) this.#show(); });
    this.#isOn = recall("notify") === true;
    // A page may sound only after somebody has touched it.
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => this.#wake(), { once: true });
    this.#show();
  }

  /** What is on the screen has been seen. */
  look() {
    const id = this.#context.conversation()?.id;
    if (id && this.#isLooking) this.#unseen.delete(id);
    this.#show();
  }

  get #isLooking() {
    return !document.hidden && document.hasFocus();
  }

  #hear(message) {
    if (message.sender !== "customer") return;
    const { conversationId } = message;
    if (this.#isLooking && this.#context.conversation()?.id === conversationId) return;
    // The conversation comes before its messages: of those that were missed, some have been read meanwhile.
    if (this.#context.desk.get(conversationId)?.unread === 0) return;
    this.#unseen.set(conversationId, (this.#unseen.get(conversationId) ?? 0) + 1);
    this.#show();
    const now = Date.now();
    // After a night's sleep all come at once.
    if (!this.#isOn || now - this.#rang < RING_GAP_MS || now - Date.parse(message.at) > OLD_MS) return;
    this.#rang = now;
    this.#ring();
    if (!this.#isLooking) this.#notify(message);
  }

  #show() {
    const count = [...this.#unseen.values()].reduce((sum, one) => sum + one, 0);
    document.title = count > 0 ? `(${count}) New ${count === 1 ? "message" : "messages"} · DirectChat`
      : "Conversations · DirectChat";
    set(this.button, "aria-pressed", String(this.#isOn));
    set(this.button, "title", this.#isOn ? "Sound and notifications are on" : "Turn sound and notifications on");
  }

  async #toggle() {
    this.#isOn = !this.#isOn;
    remember("notify", this.#isOn);
    this.#show();
    if (!this.#isOn) return;
    // Both are allowed only in answer to a click.
    this.#wake();
    this.#ring();
    if ("Notification" in window) await Notification.requestPermission().catch(() => {});
  }

  #notify({ conversationId, text, media }) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const conversation = this.#context.desk.get(conversationId);
    try {
      const title = conversation ? nameOf(conversation) : "New message";
      const note = new Notification(title, { body: text || mediaWords(media), tag: conversationId });
      note.onclick = () => { window.focus(); this.#context.open(conversationId); note.close(); };
    } catch {
      // Android's Chrome has the name and refuses the call; the title and the sound are left.
    }
  }

  #wake() {
    if (!this.#isOn || typeof AudioContext === "undefined") return;
    this.#sound ??= new AudioContext();
    this.#sound.resume().catch(() => {});
  }

  /** Two soft tones. */
  #ring() {
    const sound = this.#sound;
    // What is put off would sound later, all together.
    if (sound?.state !== "running") return;
    [[660, 0], [880, 0.12]].forEach(([frequency, at]) => {
      const tone = new OscillatorNode(sound, { frequency });
      const volume = new GainNode(sound, { gain: 0 });
      const start = sound.currentTime + at;
      volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.25);
      tone.connect(volume).connect(sound.destination);
      tone.start(start);
      tone.stop(start + 0.3);
    });
  }
}
