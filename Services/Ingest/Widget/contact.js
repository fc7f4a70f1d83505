// "How can we reach you if you leave?": after the first message, never before it, and once a conversation.
const contact = {
  form: null,

  get isDue() {
    const id = session.current?.conversationId;
    return id && store.get("contact") !== id && [...thread.rows.values()].some((row) => row.sender === "customer" && row.isKept);
  },
  update() {
    if (contact.isDue === Boolean(contact.form)) return;
    contact.form?.remove();
    contact.form = contact.isDue ? contact.build() : null;
    if (!contact.form) return;
    view.after.prepend(contact.form);
    view.toEnd();
  },
  done() {
    if (session.current) store.set("contact", session.current.conversationId);
    contact.update();
    view.input.focus();
  },
  build() {
    const field = (label, type, autocomplete) => {
      const id = "contact-" + type;
      const input = h("input", { id, type, autocomplete, maxlength: 200, "aria-describedby": id + "-error" });
      const error = h("p.error", { id: id + "-error" });
      input.addEventListener("input", () => contact.fault(input, ""));
      return { input, error, node: h("div.field", {}, h("label", { for: id }, label), input, error) };
    };
    const name = field("Name", "text", "name");
    const email = field("E-mail", "email", "email");
    const phone = field("Phone", "tel", "tel");
    const consent = h("input", { type: "checkbox", id: "contact-consent" });
    const share = (event) => {
      event.preventDefault();
      const [who, mail, tel] = [name, email, phone].map(({ input }) => input.value.replace(/\s+/g, " ").trim());
      contact.fault(email.input, mail && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(mail) ? "Check this address" : "");
      // As the server takes it: international with +, or of North America.
      const digits = tel.replace(/[ ()./\u2010\u2011\u2013-]/g, "");
      contact.fault(phone.input, tel && !/^(\+[1-9]\d{7,14}|1?\d{10})$/.test(digits) ? "Check this number" : "");
      if (!mail && !tel) contact.fault(email.input, "Enter an e-mail or a phone number");
      const wrong = contact.form.querySelector("[aria-invalid=true]");
      if (wrong) return wrong.focus();
      const lines = ["You can reach me here:", who && "Name: " + who, mail && "E-mail: " + mail, tel && "Phone: " + tel,
        tel && consent.checked && "Texts and calls to this number: yes"];
      view.send(lines.filter(Boolean).join("\n"), {
        name: who || undefined, email: mail || undefined, phone: tel || undefined,
        mayText: Boolean(tel && consent.checked),
      });
      contact.done();
    };
    const title = "How can we reach you if you leave?";
    return h("form.contact", { "aria-label": title, novalidate: true, submit: share }, h("strong", {}, title),
      name.node, email.node, phone.node,
      h("label.consent", { for: "contact-consent" }, consent, "You may text or call me at this number"),
      h("div.buttons", {}, h("button.primary", { type: "submit" }, "Share"),
        h("button.plain", { type: "button", click: contact.done }, "Not now")));
  },
  fault(input, text) {
    input.setAttribute("aria-invalid", String(text !== ""));
    put(input.nextSibling, text);
  },
};
