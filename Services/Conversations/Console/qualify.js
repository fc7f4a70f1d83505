import { ContactsInChat } from "./contacts.js";
import { h, newId, set, show, text } from "./dom.js";
import { timeOrderedId } from "./outbox.js";
import { phone } from "./words.js";

const FIELDS = [
  ["firstName", "First name", { autocomplete: "off", maxlength: "100" }],
  ["lastName", "Last name", { autocomplete: "off", maxlength: "100" }],
  ["email", "E-mail", { type: "email", inputmode: "email", autocomplete: "off", maxlength: "254" }],
  ["phone", "Phone", { type: "tel", inputmode: "tel", autocomplete: "off", maxlength: "40" }],
];

/** Forms that were begun and left, by conversation; for as long as the page is there. */
const unfinished = new Map();

/**
 * Qualify Customer: name and contact information, Start New Deal, Qualify. One click is one request with one id,
 * repeated under that id until its outcome is known, so that it makes one deal at most.
 */
export class QualifyForm {
  #conversation;
  #deals;
  #api;
  #session;
  #inputs = new Map();
  #errors = new Map();
  #edited = new Set();
  /** The deals that the screen showed when somebody began to write: what came later must not slip by. */
  #knownAtEdit = null;
  #startNewDeal = h("input", { type: "checkbox", checked: true });
  #button = h("button", { type: "submit", class: "primary wide" }, "Qualify");
  #down = h("p", { class: "note", role: "status", hidden: true });
  #outcome = h("div", { class: "outcome", role: "status" });
  #alert = h("div", { class: "alert", role: "alert" });
  #contacts = new ContactsInChat();
  #found = h("p", { class: "found", hidden: true });
  /** The click whose outcome is not known yet. While there is one, nothing changes what it says. */
  #click = null;
  #isBusy = false;
  /** What stands here has its outcome, and nobody has changed it since. */
  #isSaved = false;
  #thread;
  #ends;
  element;

  constructor(conversation, { api, session, deals, thread }) {
    this.#conversation = conversation;
    this.#deals = deals;
    this.#api = api;
    this.#session = session;
    this.#thread = thread;
    const label = newId("qualify");
    const downId = newId("down");
    this.#down.id = downId;
    set(this.#button, "aria-describedby", downId);
    this.element = h("form", { class: "qualify", "aria-labelledby": label, novalidate: true },
      h("h3", { id: label }, "Qualify Customer"),
      h("div", { class: "fields" }, FIELDS.map((field) => this.#field(field))), this.#found,
      h("label", { class: "check" }, this.#startNewDeal, " Start New Deal"),
      this.#button, this.#down, h("div", {}, this.#outcome, this.#alert));
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    // The second click of a double one is no wish of its own, however late it comes.
    this.#button.addEventListener("click", (event) => { if (event.detail > 1) event.preventDefault(); });
    this.#startNewDeal.addEventListener("change", () => { this.#edit("startNewDeal"); });
    this.#restore();
    this.#ends = [deals.on("changed", () => this.#update()), thread.on("changed", () => this.#suggest())];
    this.#update();
  }

  close() {
    for (const end of this.#ends) end();
    if (this.#edited.size === 0) return;
    unfinished.set(this.#conversation.id, {
      values: new Map([...this.#inputs].map(([name, input]) => [name, input.value])),
      checked: this.#startNewDeal.checked, edited: this.#edited, knownDeals: this.#knownAtEdit,
    });
  }

  /** What was begun here before one went to another conversation. */
  #restore() {
    const kept = unfinished.get(this.#conversation.id);
    unfinished.delete(this.#conversation.id);
    if (!kept) return;
    for (const [name, input] of this.#inputs) input.value = kept.values.get(name);
    this.#startNewDeal.checked = kept.checked;
    this.#edited = kept.edited;
    this.#knownAtEdit = kept.knownDeals;
  }

  focus() {
    this.#inputs.get("firstName").focus();
  }

  #field([name, label, attributes]) {
    const error = h("span", { class: "field-error", id: newId(name) });
    const input = h("input", { ...attributes, name, id: newId(name) });
    input.addEventListener("input", () => { this.#edit(name); this.#complain(name, null); });
    this.#inputs.set(name, input);
    this.#errors.set(name, error);
    return h("div", { class: `field ${name}` }, h("label", { class: "field-label", for: input.id }, label), input, error);
  }

  #edit(name) {
    this.#edited.add(name);
    this.#isSaved = false;
    this.#knownAtEdit ??= this.#deals.known;
  }

  // What others know of the customer fills what nobody has typed into.
  #update() {
    const { customer, items, isDown } = this.#deals;
    const known = customer ?? {};
    const values = {
      firstName: known.firstName, lastName: known.lastName, email: known.emails?.[0],
      phone: phone(known.phones?.[0] ?? this.#conversation.phone),
    };
    // What a colleague saves meanwhile must not mix with what one writes: the answer tells of it.
    const isFree = this.#click === null && this.#edited.size === 0;
    for (const [name, input] of this.#inputs) {
      if (isFree && document.activeElement !== input) input.value = values[name] ?? "";
    }
    // A second deal is made on purpose only.
    if (isFree && !this.#isSaved) this.#startNewDeal.checked = !(items?.length > 0 || this.#conversation.deal);
    const isOff = isDown || this.#isBusy;
    set(this.#button, "aria-disabled", isOff ? "true" : null);
    text(this.#button, this.#isBusy ? "Qualifying…" : "Qualify");
    text(this.#down, isDown ? "Qualification is not reachable. It is tried again every few seconds; chat goes on." : "");
    show(this.#down, isDown);
    this.#suggest();
  }

  /** What the customer wrote that looks like an address or a number, to be taken with one click. */
  #suggest() {
    const found = this.#contacts.of(this.#thread.messages);
    const offers = Object.entries(found).filter(([name, value]) => value && !this.#inputs.get(name).value);
    const key = JSON.stringify(offers);
    if (this.#found.dataset.offers === key) return;
    this.#found.dataset.offers = key;
    this.#found.replaceChildren("From the chat: ", ...offers.map(([name, value]) =>
      h("button", { type: "button", class: "offer", onclick: () => this.#take(name, value) }, value)));
    show(this.#found, offers.length > 0);
  }

  #take(name, value) {
    this.#edit(name);
    this.#inputs.get(name).value = value;
    this.#complain(name, null);
    this.#inputs.get(name).focus();
    this.#suggest();
  }

  /** `knownDeals` and `startNewDeal` of a deal that is made on purpose beside another. */
  #submit({ knownDeals = null, startNewDeal = this.#startNewDeal.checked } = {}) {
    // Saved: a second Enter has nothing to say, and would hide what the first one did.
    if (this.#isBusy || this.#deals.isDown || this.#isSaved) return;
    const customer = {};
    for (const [name, input] of this.#inputs) {
      const value = input.value.trim();
      if (value || name.endsWith("Name")) customer[name] = value;
    }
    if (!this.#isComplete(customer)) return;
    // The same click again, until its outcome is known: what others did meanwhile makes it no other. One that was
    // corrected knows no more deals than it did.
    const key = JSON.stringify([customer, startNewDeal, knownDeals]);
    if (this.#click?.key !== key) {
      const known = knownDeals ?? this.#click?.body.knownDeals ?? this.#knownAtEdit ?? this.#deals.known;
      const conversationId = this.#conversation.id;
      this.#click = {
        key, body: { requestId: timeOrderedId(), conversationId, customer, startNewDeal, knownDeals: known },
      };
    }
    this.#deliver(this.#click.body);
  }

  #isComplete(customer) {
    const wrong = {
      firstName: customer.firstName ? null : "A first name is needed.",
      lastName: customer.lastName ? null : "A last name is needed.",
      email: customer.email || customer.phone ? null : "An e-mail address or a phone number is needed.",
      phone: null,
    };
    for (const [name, complaint] of Object.entries(wrong)) this.#complain(name, complaint);
    const first = Object.keys(wrong).find((name) => wrong[name]);
    if (first) this.#inputs.get(first).focus();
    return !first;
  }

  async #deliver(body) {
    this.#isBusy = true;
    this.#alert.replaceChildren();
    this.#outcome.replaceChildren();
    this.#update();
    try {
      const answer = await this.#api.qualification.post("/v1/qualifications", body);
      this.#click = this.#knownAtEdit = null;
      this.#edited.clear();
      this.#isSaved = true;
      this.#startNewDeal.checked = false;
      this.#deals.know(answer.customerId);
      this.#succeed(answer);
    } catch (error) {
      this.#fail(error, body);
    }
    await this.#deals.refresh();
    this.#isBusy = false;
    this.#update();
  }

  #succeed({ dealId }) {
    this.#outcome.replaceChildren(...(dealId ? [
      h("strong", {}, "New deal"), h("span", {}, "Chat / Ignitify Chat"), this.#link(dealId),
    ] : [h("strong", {}, "Contact saved, no deal started")]));
  }

  #fail(error, body) {
    const name = /^customer\.(\w+)$/.exec(error.field ?? "")?.[1];
    if (name && this.#errors.has(name)) {
      this.#click = null;
      this.#complain(name, error.message.replace(/^customer\.\w+ /, "This "));
      return this.#inputs.get(name).focus();
    }
    if (error.code === "already-qualified") {
      this.#click = null;
      const { dealId } = error.problem;
      const again = () => {
        this.#alert.replaceChildren();
        const knownDeals = [...new Set([...body.knownDeals, ...this.#deals.known, dealId])];
        this.#submit({ knownDeals, startNewDeal: body.startNewDeal });
        this.#button.focus();
      };
      return this.#alert.replaceChildren(
        h("strong", {}, "Already qualified"), h("span", {}, "Somebody qualified this customer a moment ago."),
        this.#link(dealId),
        h("button", { type: "button", class: "quiet", onclick: again },
          body.startNewDeal ? "Start another deal" : "Save the contact all the same"));
    }
    // Refused: the next click is another one.
    if (!error.isPassing) this.#click = null;
    this.#alert.replaceChildren(h("strong", {}, "Not qualified yet"), h("span", {}, error.isPassing
      ? `${error.message} Choose Qualify again: it is the same click and makes one deal.` : error.message));
  }

  #link(dealId) {
    return h("a", { href: this.#session.address(`/deals/${encodeURIComponent(dealId)}`) }, "Open Deal Card");
  }

  #complain(name, complaint) {
    const input = this.#inputs.get(name);
    text(this.#errors.get(name), complaint ?? "");
    set(input, "aria-invalid", complaint ? "true" : null);
    set(input, "aria-describedby", complaint ? this.#errors.get(name).id : null);
  }
}
