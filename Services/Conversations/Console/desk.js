import { Events } from "./events.js";

/** Counts and order come with a list; changes that come fast are answered by one list, changes that are rare at once. */
const REFRESH_MS = 150;
const REFRESH_GAP_MS = 1_000;
/** What presence says stops holding without any event. */
const RECOUNT_MS = 15_000;
const PAGE = 50;
/** The most that one answer holds. */
const LIMIT = 200;

/**
 * The Conversations Menu as this page knows it: the conversations it has heard of, and which of them the list shows.
 * Says `list` when what the list shows or how it stands has changed, and `conversation` with each one that is new.
 */
export class Desk extends Events {
  filter = "chat";
  search = "";
  /** Ids in the server's order; null before the first answer. */
  ids = null;
  counts = {};
  /** Whether there is more than `ids`. */
  hasMore = false;
  /** The filter and search that `ids` answer. */
  answered = "";
  /** What the last list failed with. */
  error = null;
  #known = new Map();
  /** How many rows are wanted. */
  #size = PAGE;
  #api;
  #timer = null;
  #lastList = 0;
  #generation = 0;

  constructor(api, feed) {
    super();
    this.#api = api;
    feed.on("conversation", (conversation) => { this.learn(conversation); this.#soon(); });
    feed.on("reset", () => { this.#known.clear(); this.refresh(); });
    feed.on("began", () => this.refresh());
    feed.on("state", (state) => { if (state === "live" && this.error) this.refresh(); });
    setInterval(() => { if (this.ids && !document.hidden) this.#soon(); }, RECOUNT_MS);
  }

  get(id) {
    return this.#known.get(id);
  }

  /** The conversation's newest state, from wherever. */
  learn(conversation) {
    this.#known.set(conversation.id, conversation);
    this.emit("conversation", conversation);
  }

  /** Forgets everything: another dealership, another member of staff. */
  clear() {
    this.#known.clear();
    this.#generation += 1;
    Object.assign(this, { ids: null, counts: {}, hasMore: false, error: null });
    this.emit("list");
  }

  show({ filter = this.filter, search = this.search }) {
    if (filter === this.filter && search === this.search) return;
    const isOtherFilter = filter !== this.filter;
    Object.assign(this, { filter, search, hasMore: false });
    this.#size = PAGE;
    if (isOtherFilter) this.ids = null;
    this.emit("list");
    this.refresh();
  }

  more() {
    this.#size += PAGE;
    return this.refresh();
  }

  /** The conversation, from the server if the page has not heard of it. */
  async find(id) {
    if (!this.#known.has(id)) this.learn(await this.#api.get(`/v1/conversations/${encodeURIComponent(id)}`));
    return this.#known.get(id);
  }

  #soon() {
    if (this.#timer !== null || this.ids === null) return;
    const wait = Math.max(REFRESH_MS, this.#lastList + REFRESH_GAP_MS - Date.now());
    this.#timer = setTimeout(() => this.refresh(), wait);
  }

  /** Reads as much of the list as the page shows. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#lastList = Date.now();
    // Of two answers under way only the later question's counts.
    const generation = ++this.#generation;
    const { filter } = this;
    const q = this.search.trim();
    const items = [];
    let counts = {};
    let cursor = null;
    try {
      do {
        const limit = Math.min(LIMIT, this.#size - items.length);
        const query = { filter, limit, ...(q && { q }), ...(cursor && { cursor }) };
        const answer = await this.#api.get("/v1/conversations", query);
        if (generation !== this.#generation) return;
        items.push(...answer.items);
        ({ counts, next: cursor = null } = answer);
      } while (cursor && items.length < this.#size);
      for (const one of items) this.#known.set(one.id, one);
      const ids = [...new Set(items.map((one) => one.id))];
      Object.assign(this, { ids, counts, hasMore: cursor !== null, answered: `${filter} ${q}`, error: null });
      for (const one of items) this.emit("conversation", one);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.error = error;
    }
    this.emit("list");
  }
}
