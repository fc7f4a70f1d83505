// The launcher and the card.
const view = {
  name: "us",
  isOpen: false,
  // The end is in view, and stays so when more comes.
  isAtEnd: true,
  typingTimer: 0,
  hushTimer: 0,

  build() {
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    // The page's own shortcuts are not for what is typed here.
    const keep = (event) => event.stopPropagation();
    for (const name of ["keydown", "keypress", "keyup"]) root.addEventListener(name, keep);
    view.badgeNode = h("span.badge", { "aria-hidden": "true", hidden: true });
    view.launcher = h("button.launcher", { click: () => view.open(true) }, icon("chat"), view.badgeNode);
    view.live = h("div.quiet", { role: "status" });
    const iconButton = (label, image, click) => h("button.icon", { "aria-label": label, title: label, click }, icon(image));
    view.avatar = h("span.avatar", { "aria-hidden": "true" });
    view.title = h("strong");
    view.endButton = iconButton("End chat", "end", () => view.ask(true));
    const header = h("header", {}, view.avatar, h("div.who", {}, view.title, h("span", {}, "We reply here or by text")),
      view.endButton, iconButton("Minimise", "down", () => view.open(false)));
    view.list = h("ol");
    view.greeting = h("div.bubble", { dir: "auto" });
    view.dots = h("div.dots", { "aria-hidden": "true", hidden: true }, h("i"), h("i"), h("i"));
    view.typingText = h("span.quiet", { role: "status" });
    view.after = h("div.after", {}, h("div.typing", {}, view.dots, view.typingText));
    view.log = h("div", { role: "log", "aria-label": "Messages" }, h("div.greeting", {}, view.greeting), view.list);
    view.scroller = h("div.scroller", { tabindex: 0, role: "group", "aria-label": "Conversation", scroll: view.scrolled }, view.log, view.after);
    view.bad = h("p.unstable", { role: "status" });
    view.input = h("textarea", { rows: 1, maxlength: 4000, "aria-label": "Your message", placeholder: "Write a message…", dir: "auto", enterkeyhint: "send", input: view.typed, keydown: view.key });
    view.notice = h("p.notice");
    view.form = h("form.composer", { submit: view.submit }, view.input,
      h("button.send", { "aria-label": "Send", title: "Send" }, icon("send")));
    view.main = h("div.main", {}, header, view.scroller, view.bad, view.form, view.notice);
    view.keepButton = h("button.plain", { click: () => view.ask(false) }, "Keep chatting");
    view.question = h("div.question", { role: "alertdialog", "aria-label": "End this chat?", "aria-describedby": "end-text", hidden: true },
      h("div", {}, h("strong", {}, "End this chat?"), h("p", { id: "end-text" }, "The messages are removed from this browser."),
        h("div.buttons", {}, h("button.primary", { click: end }, "End chat"), view.keepButton)));
    view.card = h("section.card", { role: "dialog", tabindex: -1, hidden: true, keydown: view.escape }, view.main, view.question);
    view.frame = h("div.frame", { hidden: true }, view.card, view.launcher, view.live);
    root.append(view.frame);
  },
  // In the dealership's name and colour.
  dress({ dealership: about, previews }) {
    view.name = about?.name ?? view.name;
    const label = "Chat with " + view.name;
    view.card.setAttribute("aria-label", label);
    put(view.title, view.name);
    put(view.avatar, initials(view.name));
    put(view.greeting, about?.greeting ?? "Hi, welcome to " + view.name + ". How can we help you today?");
    put(view.notice, previews === false ? "" : "Our staff can see what you type before you send it.");
    if (/^#[0-9a-f]{6}$/i.test(about?.color)) paint(about.color);
    view.badge(unread.count);
    view.frame.hidden = false;
  },
  open(is, isQuiet) {
    view.isOpen = tab.isOpen = is;
    view.card.hidden = !is;
    view.launcher.hidden = is;
    view.ask(false);
    if (is) {
      view.fit();
      view.toEnd();
      whenOpened();
      thread.arrange();
    }
    if (isQuiet) return;
    // On a phone the keyboard would hide what there is to read.
    if (!is) view.launcher.focus();
    else if (matchMedia("(pointer: coarse)").matches) view.card.focus();
    else view.input.focus();
  },
  ask(is) {
    if (view.question.hidden === !is) return;
    view.question.hidden = !is;
    view.main.inert = is;
    (is ? view.keepButton : view.endButton).focus();
  },
  escape(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    if (view.question.hidden) view.open(false);
    else view.ask(false);
  },
  typed() {
    view.fit();
    draft.changed(view.input.value);
  },
  // The box grows with its text.
  fit() {
    view.input.style.height = "auto";
    view.input.style.height = Math.min(view.input.scrollHeight, 120) + "px";
    view.form.classList.toggle("ready", view.input.value.trim() !== "");
  },
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    view.submit(event);
  },
  submit(event) {
    event.preventDefault();
    const text = view.input.value.trim();
    if (!text) return;
    view.write("");
    view.send(text);
  },
  write(text) {
    view.input.value = text;
    view.fit();
  },
  // `about`: what the visitor shares of themselves with it.
  send(text, about) {
    const isNext = outbox.next() === undefined;
    // Half of a pair of surrogates is no text.
    thread.pending(outbox.add(text.toWellFormed?.() ?? text, about));
    draft.sent(isNext);
    outbox.drain();
    stream.run();
  },
  typing(is) {
    clearTimeout(view.typingTimer);
    // The word that ends it may be lost.
    if (is) view.typingTimer = setTimeout(view.typing, 8000, false);
    if (view.dots.hidden === !is) return;
    view.dots.hidden = !is;
    put(view.typingText, is ? view.name + " is typing" : "");
    view.follow();
  },
  unstable(is) {
    put(view.bad, is ? "The connection is unstable. Messages are sent when it is back." : "");
  },
  badge(count) {
    view.badgeNode.hidden = count === 0;
    put(view.badgeNode, count > 9 ? "9+" : String(count));
    view.launcher.setAttribute("aria-label", "Chat with " + view.name + (count ? ", " + count + " unread" : ""));
  },
  // For a moment: a history that is filled in is not read out.
  hush() {
    view.log.setAttribute("aria-live", "off");
    clearTimeout(view.hushTimer);
    view.hushTimer = setTimeout(() => view.log.setAttribute("aria-live", "polite"), 2000);
  },
  announce(row) {
    // Also when it says the same again.
    if (!view.isOpen) view.live.textContent = "New message from " + (row.name || view.name);
  },
  // Measured when the reader scrolls: once more has come below, it is too late.
  scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = view.scroller;
    view.isAtEnd = scrollHeight - scrollTop - clientHeight < 80;
  },
  follow() {
    if (view.isAtEnd) view.toEnd();
  },
  toEnd() {
    view.isAtEnd = true;
    view.scroller.scrollTop = view.scroller.scrollHeight;
  },
};

// White or black on the dealership's colour, whichever reads better.
const paint = (color) => {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  view.frame.style.setProperty("--color", color);
  view.frame.style.setProperty("--on", light > 0.179 ? "#000" : "#fff");
};
