import { Events } from "./events.js";

/** How often qualification is asked: for deals that others made, and whether it is there again. */
const POLL_MS = 10_000;
const DOWN_POLL_MS = 3_000;

/**
 * The deals and the customer of one conversation, as qualification has them. Says `changed`. While it cannot be
 * reached `isDown` is true, and it goes on asking.
 */
export class Deals extends Events {
  /** Newest first; null before the first answer. */
  items = null;
  /** As `GET /v1/customers/{id}` answers; null while nobody is known. */
  customer = null;
  isDown = false;
  #api;
  #conversation;
  #timer = null;
  #generation = 0;
  #customerId = null;
  #ends;

  constructor(conversation, api, desk) {
    super();
    this.#conversation = conversation;
    this.#api = api;
    this.#ends = [desk.on("conversation", (one) => {
      if (one.id !== conversation.id) return;
      const before = this.#conversation;
      this.#conversation = one;
      if (one.deal?.id !== before.deal?.id || one.customer?.id !== before.customer?.id
        || one.customer?.name !== before.customer?.name) this.refresh();
    })];
    this.refresh();
  }

  close() {
    clearTimeout(this.#timer);
    this.#timer = null;
    for (const end of this.#ends) end();
    this.#ends = null;
  }

  /** What the screen shows of deals: a click says so, and one that others made meanwhile is not made twice. */
  get known() {
    const ids = (this.items ?? []).map((deal) => deal.id);
    const latest = this.#conversation.deal?.id;
    return latest && !ids.includes(latest) ? [...ids, latest] : ids;
  }

  /** Whom a click made known, before the conversation says so. */
  know(customerId) {
    this.#customerId = customerId;
  }

  async refresh() {
    clearTimeout(this.#timer);
    const generation = ++this.#generation;
    try {
      const { qualification } = this.#api;
      const { items } = await qualification.get("/v1/deals", { conversation: this.#conversation.id });
      const latest = this.#conversation.deal?.id;
      // Staff texted first, because of a deal that another conversation made.
      if (this.#conversation.kind === "text" && latest && !items.some((deal) => deal.id === latest)) {
        const deal = await qualification.get(`/v1/deals/${encodeURIComponent(latest)}`).catch(orNull);
        if (deal) items.push(deal);
      }
      const id = this.#conversation.customer?.id ?? this.#customerId ?? items[0]?.customer.id;
      const customer = id ? await qualification.get(`/v1/customers/${encodeURIComponent(id)}`).catch(orNull) : null;
      if (this.#isOld(generation)) return;
      Object.assign(this, { items, customer, isDown: false });
    } catch (error) {
      if (this.#isOld(generation)) return;
      this.isDown = error.isPassing === true;
    }
    this.emit("changed");
    this.#later();
  }

  /** Closed, or asked again, while it was asked. */
  #isOld(generation) {
    return this.#ends === null || generation !== this.#generation;
  }

  /** Nobody looks at a hidden page. */
  #later() {
    clearTimeout(this.#timer);
    const next = () => (document.hidden ? this.#later() : this.refresh());
    this.#timer = setTimeout(next, this.isDown ? DOWN_POLL_MS : POLL_MS);
  }
}

/** Not folded there yet, or nobody. */
function orNull(error) {
  if (error.status === 404) return null;
  throw error;
}
