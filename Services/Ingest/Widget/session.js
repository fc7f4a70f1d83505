// Who this browser is to the dealership: one session for all tabs.
const session = {
  current: null,
  // Counts the ends: an answer that was asked for before one is not taken after it.
  era: 0,
  renewing: null,

  stored() {
    const found = store.json("session");
    return typeof found?.token === "string" && typeof found.conversationId === "string" ? found : null;
  },
  async get() {
    return session.current ?? session.renew();
  },
  // `spent`: the token that no longer serves. Another tab may have renewed it already.
  renew(spent) {
    const done = () => {
      session.renewing = null;
    };
    session.renewing ??= exclusive("session", () => session.ask(spent)).finally(done);
    return session.renewing;
  },
  async ask(spent) {
    const before = session.stored();
    if (before && before.token !== spent) return session.adopt(before);
    const era = session.era;
    const resume = before?.token ?? session.current?.token;
    const response = await request("POST", "/v1/sessions", { dealership: shop, page: here(), resume });
    if (!response.ok) throw Object.assign(new Error("session " + response.status), { status: response.status });
    const fresh = await response.json();
    if (era !== session.era) throw new Error("ended");
    const other = session.stored();
    if (other && other.token !== before?.token) return session.adopt(other);
    store.set("session", JSON.stringify(fresh));
    return session.adopt(fresh);
  },
  adopt(next) {
    const previous = session.current;
    session.current = next;
    view.dress(next);
    if (previous?.conversationId !== next.conversationId) whenMoved(previous);
    return next;
  },
  // Nothing of this visitor stays in this browser.
  forget() {
    const last = session.current;
    session.era += 1;
    session.current = null;
    // First, so that other tabs follow before they see the rest go.
    store.remove("session");
    store.keys("").forEach(store.remove);
    // Another tab may be renewing it just now.
    exclusive("session", () => {
      if (last && session.stored()?.visitorId === last.visitorId) store.remove("session");
    });
  },
};

const request = (method, path, body, token, options) => fetch(server + path, {
  method,
  headers: { "Content-Type": "application/json", ...(token && { Authorization: "Bearer " + token }) },
  body: JSON.stringify(body),
  signal: AbortSignal.timeout(TIMEOUT_MS),
  ...options,
});
const call = async (method, path, body, options) => {
  for (let isRepeated = false; ; isRepeated = true) {
    const { token } = await session.get();
    const response = await request(method, path, body, token, options);
    // Where the chat was ended meanwhile, a new session would be another conversation's.
    if (response.status !== 401 || isRepeated || !session.current) return response;
    await session.renew(token);
  }
};
