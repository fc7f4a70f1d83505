// DirectChat's widget: <script src="https://…/widget.js" data-dealership="ID" defer></script>
// It shows text as text only (textContent), keeps one session per dealership in localStorage, and repeats what it could
// not send under the same id until the server has it.
(() => {
  "use strict";
  const script = document.currentScript;
  const dealership = script.dataset.dealership;
  const base = new URL(script.src).origin;
  const key = "directchat." + dealership;
  const DRAFT_MS = 250, BEAT_MS = 15000, RETRY_MAX_MS = 15000, DRAFT_CHARACTERS = 2000, UNSTABLE_MS = 15000;

  // ---- Storage: the session and what has not been sent, one entry per dealership. It may be forbidden.
  const store = {
    read() { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } },
    write(change) {
      Object.assign(state, change);
      try { localStorage.setItem(key, JSON.stringify({ session: state.session, outbox: state.outbox })); } catch {}
    },
  };
  const state = { session: null, outbox: [], ...store.read() };
  if (!Array.isArray(state.outbox)) state.outbox = [];

  const id = () => {
    const random = crypto.getRandomValues(new Uint8Array(10));
    const time = Date.now().toString(36).padStart(9, "0");
    return time + Array.from(random, (byte) => byte.toString(36).padStart(2, "0")).join("");
  };
  const tabId = (() => {
    try {
      const known = sessionStorage.getItem(key + ".tab") || id();
      sessionStorage.setItem(key + ".tab", known);
      return known;
    } catch { return id(); }
  })();
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const backOff = (attempt) => Math.min(RETRY_MAX_MS, 500 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);

  // ---- Server
  let renewing = null;
  const newSession = async () => {
    const response = await fetch(base + "/v1/sessions", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ dealership, page: location.href.split("#")[0].slice(0, 500), resume: state.session?.token }),
    });
    if (!response.ok) throw Object.assign(new Error("no session"), { status: response.status });
    const session = await response.json();
    const isOther = state.session && state.session.conversationId !== session.conversationId;
    store.write({ session });
    if (isOther) view.clear();
  };
  const renew = () => (renewing ??= newSession().finally(() => { renewing = null; }));

  const call = async (method, path, body, options = {}) => {
    for (let attempt = 0; ; attempt++) {
      if (!state.session) await renew();
      const response = await fetch(base + path, {
        method, headers: { "Content-Type": "application/json", Authorization: "Bearer " + state.session.token },
        body: JSON.stringify(body), ...options,
      });
      if (response.status !== 401 || attempt > 0) return response;
      await renew();
    }
  };

  // ---- Sending: one at a time, in order, the same id until it is answered.
  let isSending = false;
  const flush = async () => {
    if (isSending) return;
    isSending = true;
    for (let attempt = 0; state.outbox.length > 0;) {
      const message = state.outbox[0];
      let status = 0;
      try {
        const response = await call("POST", "/v1/messages", message);
        status = response.status;
      } catch {}
      const isRefused = status >= 400 && status < 500 && ![401, 408, 429].includes(status);
      if ((status >= 200 && status < 300) || isRefused) {
        store.write({ outbox: state.outbox.slice(1) });
        view.mark(message.clientMessageId, isRefused ? "not sent" : "sent");
        attempt = 0;
      } else {
        view.mark(message.clientMessageId, "sending…");
        await sleep(backOff(attempt++));
      }
    }
    isSending = false;
  };
  const send = (text) => {
    const message = { clientMessageId: id(), text };
    store.write({ outbox: [...state.outbox, message] });
    view.pending(message);
    draft.stop();
    flush();
  };

  // ---- Drafts: at most four a second, the end of the text, growing revisions also across page loads.
  const draft = {
    revision: Date.now(), timer: null, sent: "",
    changed(text) {
      if (state.session?.previews === false) return;
      draft.text = text.slice(-DRAFT_CHARACTERS);
      draft.timer ??= setTimeout(draft.push, DRAFT_MS);
    },
    push() {
      draft.timer = null;
      if (draft.text === draft.sent || !state.session) return;
      draft.sent = draft.text;
      draft.revision += 1;
      call("PUT", "/v1/draft", { revision: draft.revision, text: draft.text }).catch(() => {});
    },
    stop() {
      clearTimeout(draft.timer);
      draft.text = "";
      draft.push();
    },
    text: "",
  };

  // ---- Beats: that this tab is here. The last one outlives the page.
  const beat = (leaving = false) => {
    if (!state.session) return;
    const body = { tabId, page: location.href.split("#")[0].slice(0, 500), visible: document.visibilityState === "visible" };
    if (leaving) body.leaving = true;
    call("POST", "/v1/beats", body, { keepalive: true }).catch(() => {});
  };

  // ---- Stream: read with fetch, since EventSource cannot send the token.
  const stream = async () => {
    let lastId = null, conversation = null, quietSince = Date.now();
    for (let attempt = 0; ; attempt++) {
      try {
        if (!state.session) await renew();
        if (conversation !== state.session.conversationId) [conversation, lastId] = [state.session.conversationId, null];
        const headers = { Accept: "text/event-stream", Authorization: "Bearer " + state.session.token };
        if (lastId) headers["Last-Event-ID"] = lastId;
        const response = await fetch(base + "/v1/stream", { headers, cache: "no-store" });
        if (response.status === 401) {
          if (attempt > 0) await sleep(backOff(attempt));
          await renew();
          continue;
        }
        if (!response.ok) throw new Error("stream " + response.status);
        attempt = 0;
        view.connected(true);
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let buffer = ""; ;) {
          const { value, done } = await reader.read();
          if (done) break;
          buffer += value;
          const blocks = buffer.split("\n\n");
          buffer = blocks.pop();
          for (const block of blocks) {
            const event = parse(block);
            if (event.id) lastId = event.id;
            if (event.data) view.event(event.name, JSON.parse(event.data));
          }
          if (conversation !== state.session.conversationId) { await reader.cancel(); break; }
        }
        quietSince = Date.now();
      } catch {
        if (Date.now() - quietSince > UNSTABLE_MS) view.connected(false);
      }
      view.typing(false);
      await sleep(backOff(attempt));
    }
  };
  const parse = (block) => {
    const event = { name: "message", data: "", id: "" };
    for (const line of block.split("\n")) {
      const at = line.indexOf(": ");
      if (at < 1) continue;
      const [field, value] = [line.slice(0, at), line.slice(at + 2)];
      if (field === "event") event.name = value;
      if (field === "id") event.id = value;
      if (field === "data") event.data += (event.data ? "\n" : "") + value;
    }
    return event;
  };

  // ---- View
  const element = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const view = (() => {
    const host = element("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :host { all: initial; position: fixed; right: 20px; bottom: 20px; z-index: 2147483000;
              font: 15px/1.4 system-ui, sans-serif; color: #222 }
      button { font: inherit; cursor: pointer; border: 0; border-radius: 22px; padding: 11px 18px;
               background: #1a56b0; color: #fff }
      button:focus-visible, textarea:focus-visible { outline: 3px solid #f5b301; outline-offset: 1px }
      section { width: min(340px, calc(100vw - 40px)); height: min(480px, calc(100vh - 40px)); display: flex;
                flex-direction: column; background: #fff; border-radius: 10px; box-shadow: 0 4px 24px #0005 }
      section[hidden], button[hidden] { display: none }
      header { display: flex; justify-content: space-between; align-items: center; padding: 8px 8px 8px 14px;
               border-bottom: 1px solid #ddd; font-weight: 600 }
      header button { padding: 4px 12px; background: #eee; color: #222 }
      ol { flex: 1; overflow-y: auto; list-style: none; margin: 0; padding: 12px }
      li { margin: 0 0 8px; max-width: 85%; width: fit-content; padding: 7px 11px; border-radius: 12px;
           background: #eef1f5; white-space: pre-wrap; overflow-wrap: anywhere }
      li.customer { margin-left: auto; background: #d9e7fb }
      small { display: block; color: #555; font-size: 12px }
      p { margin: 0; padding: 0 14px 4px; font-size: 12px; color: #555; min-height: 17px }
      form { display: flex; gap: 6px; padding: 8px; border-top: 1px solid #ddd }
      textarea { flex: 1; resize: none; height: 44px; font: inherit; padding: 6px; border: 1px solid #888;
                 border-radius: 6px }
    `);
    root.adoptedStyleSheets = [sheet];
    const launcher = element("button", "", "Chat with us");
    const panel = element("section");
    panel.hidden = true;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", "Chat");
    const header = element("header", "", "Chat with us");
    const close = element("button", "", "Close");
    header.append(close);
    const list = element("ol");
    list.setAttribute("aria-live", "polite");
    const status = element("p");
    status.setAttribute("role", "status");
    const notice = element("p");
    const form = element("form");
    const input = element("textarea");
    input.maxLength = 4000;
    input.setAttribute("aria-label", "Your message");
    const button = element("button", "", "Send");
    form.append(input, button);
    panel.append(header, list, status, notice, form);
    root.append(panel, launcher);

    let isConnected = true, isTyping = false;
    const shown = new Map();
    const say = () => {
      status.textContent = !isConnected ? "The connection is unstable. Messages are sent when it is back."
        : isTyping ? "typing…" : "";
    };
    const bubble = (messageId, sender, text, note) => {
      let item = shown.get(messageId);
      if (!item) {
        item = { node: element("li", sender), text: element("span"), note: element("small") };
        item.node.append(item.text, item.note);
        shown.set(messageId, item);
      }
      item.text.textContent = text;
      item.note.textContent = note;
      return item;
    };
    const place = (item) => {
      list.append(item.node);
      list.scrollTop = list.scrollHeight;
    };
    const ours = (clientMessageId) => `${state.session?.conversationId}.c.${clientMessageId}`;

    const open = (isOpen) => {
      panel.hidden = !isOpen;
      launcher.hidden = isOpen;
      notice.textContent = state.session?.previews === false ? ""
        : "Our staff can see what you are typing before you send it.";
      if (isOpen) input.focus(); else launcher.focus();
    };
    const submit = () => {
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      send(text);
    };
    launcher.addEventListener("click", () => open(true));
    close.addEventListener("click", () => open(false));
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") open(false); });
    form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
    input.addEventListener("input", () => draft.changed(input.value));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
    });
    document.body.append(host);

    return {
      clear() { shown.clear(); list.replaceChildren(); },
      pending(message) { place(bubble(ours(message.clientMessageId), "customer", message.text, "sending…")); },
      mark(clientMessageId, note) {
        const item = shown.get(ours(clientMessageId));
        if (item && !item.isFolded) item.note.textContent = note;
      },
      connected(is) { isConnected = is; say(); },
      typing(is) { isTyping = is; say(); },
      event(name, data) {
        if (name === "reset") { view.clear(); state.outbox.forEach(view.pending); }
        if (name === "typing") view.typing(data.typing);
        if (name !== "message" || shown.get(data.id)?.isFolded) return;
        const item = bubble(data.id, data.sender, data.text, data.author?.name ?? "");
        item.isFolded = true;
        // The stream's order counts: what still waits to be sent stays below.
        place(item);
        for (const message of state.outbox) {
          const waiting = shown.get(ours(message.clientMessageId));
          if (waiting && !waiting.isFolded) place(waiting);
        }
      },
    };
  })();

  document.addEventListener("visibilitychange", () => beat());
  addEventListener("pagehide", () => beat(true));
  addEventListener("pageshow", (event) => { if (event.persisted) beat(); });
  setInterval(beat, BEAT_MS, false);
  (async () => {
    for (let attempt = 0; ; attempt++) {
      // Also on a return: the server says whether the conversation goes on.
      try { await renew(); break; } catch { await sleep(backOff(attempt)); }
    }
    beat();
    state.outbox.forEach(view.pending);
    flush();
    stream();
  })();
})();
