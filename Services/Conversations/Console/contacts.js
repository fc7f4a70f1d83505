/** What customers write of themselves in a chat, each text looked at once. */
export class ContactsInChat {
  #seen = new Map();

  /** The last name, e-mail address and phone number in these messages, as the customer wrote them. */
  of(messages) {
    const found = { firstName: null, lastName: null, email: null, phone: null };
    for (const { id, sender, text } of messages) {
      if (sender !== "customer") continue;
      if (!this.#seen.has(id)) this.#seen.set(id, contactsIn(text));
      for (const [name, value] of Object.entries(this.#seen.get(id))) if (value) found[name] = value;
    }
    return found;
  }
}

/** A name only where it was shared as such. */
function contactsIn(text) {
  const [firstName, ...rest] = (/^Name:(.*)$/m.exec(text)?.[1].trim() ?? "").split(/ +/);
  return {
    firstName, lastName: rest.join(" "),
    email: text.match(/[^\s@<>"'(),;:]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gu)?.at(-1),
    phone: text.match(/(?:\+\d[\d ().-]{7,16}\d|\(?\b\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b)/g)?.at(-1),
  };
}
