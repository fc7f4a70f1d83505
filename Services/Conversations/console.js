"use strict";
const $ = (id) => document.getElementById(id);
const filters = ["all", "chat", "live", "unreplied", "mine", "closed"];
let token = "", filter = "all", openId = null, me = null, cursor = null, abort = null, shown = new Map();
let outbox = null, typingSent = 0, places = {}, click = null;

function element(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

async function api(method, path, body, base = "") {
  const answer = await fetch(base + path, {
    method,
    headers: { Authorization: "Bearer " + token, ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(`${problem.detail || answer.statusText} (${problem.correlationId || answer.status})`);
}

const say = (text) => { $("state").textContent = text; };
const attempt = async (work) => { try { await work(); say(""); } catch (error) { say(error.message); } };
const nameOf = (c) => c.customer?.name || c.phone || "Visitor " + c.id.slice(-4);

function presenceOf(c) {
  if (c.channel !== "web") return null;
  const stale = c.presence.until && Date.parse(c.presence.until) < Date.now();
  return stale ? "unknown" : c.presence.state;
}

function row(c) {
  const item = element("li", c.unread ? "unread" : "");
  const button = element("button");
  button.setAttribute("aria-current", String(c.id === openId));
  const name = element("div", "name");
  const presence = presenceOf(c);
  if (presence === "online" || presence === "unknown") {
    const dot = element("span", "dot " + presence);
    dot.title = presence === "online" ? "On website now" : "Not known whether on the website";
    dot.setAttribute("role", "img");
    dot.setAttribute("aria-label", dot.title);
    name.append(dot, " ");
  }
  const icon = element("span", "icon");
  icon.setAttribute("role", "img");
  icon.setAttribute("aria-label", c.channel === "web" ? "Chat" : "Text");
  name.append(icon, " " + nameOf(c), c.channel === "sms" ? " · Text" : "", c.unread ? ` (${c.unread})` : "");
  const status = [c.status, c.deal ? "deal" : "", c.assignedTo ? c.assignedTo.name : ""].filter(Boolean);
  button.append(name, element("div", "last", c.lastMessage.text), element("div", "meta",
    new Date(c.lastMessage.at).toLocaleString() + " · " + status.join(" · ")));
  button.onclick = () => attempt(() => open(c));
  item.append(button);
  return item;
}

async function refresh() {
  const query = new URLSearchParams({ filter });
  if ($("search").value) query.set("q", $("search").value);
  const answer = await api("GET", "/v1/conversations?" + query);
  $("filters").replaceChildren(...filters.map((name) => {
    const button = element("button", "", `${name[0].toUpperCase()}${name.slice(1)} ${answer.counts[name]}`);
    button.setAttribute("aria-pressed", String(name === filter));
    button.onclick = () => { filter = name; attempt(refresh); };
    return button;
  }));
  $("list").replaceChildren(...answer.items.map(row));
  if (!answer.items.length) $("list").append(element("li", "meta", "No conversations here."));
}

function add(message) {
  if (shown.has(message.id)) return;
  const item = element("li", message.sender);
  const meta = [message.author?.name, new Date(message.at).toLocaleTimeString(), message.status];
  item.append(element("div", "text", message.text), element("div", "meta", meta.filter(Boolean).join(" · ")));
  item.dataset.seq = message.seq;
  item.dataset.id = message.id;
  shown.set(message.id, item);
  // The stream may be ahead of the pages that are still being loaded.
  const after = [...$("thread").children].find((other) => Number(other.dataset.seq) > message.seq);
  $("thread").insertBefore(item, after ?? null);
  $("thread").scrollTop = $("thread").scrollHeight;
}

async function open(c) {
  openId = c.id;
  shown = new Map();
  outbox = click = null;
  $("thread").replaceChildren();
  $("qualify").reset();
  $("side").open = false;
  $("side").hidden = !places.qualification;
  $("title").textContent = nameOf(c);
  $("head").hidden = $("reply").hidden = false;
  showDraft("");
  connect();
  let after = "";
  do {
    const page = await api("GET", `/v1/conversations/${encodeURIComponent(c.id)}/messages?${after}`);
    if (openId !== c.id) return;
    page.items.forEach(add);
    after = page.next ? "after=" + encodeURIComponent(page.next) : "";
  } while (after);
  await read();
  await refresh();
}

async function read() {
  const last = $("thread").lastElementChild?.dataset.id;
  if (last) await api("POST", `/v1/conversations/${encodeURIComponent(openId)}/read`, { messageId: last });
}

function showDraft(text) {
  $("draft").hidden = !text;
  $("draft").textContent = text ? "typing: " + text : "";
}

function handle(name, data) {
  if (name === "message" && data.conversationId === openId) {
    add(data);
    if (document.visibilityState === "visible") attempt(read);
  }
  if (name === "draft" && data.conversationId === openId) showDraft(data.text);
  if (name === "reset") { shown = new Map(); $("thread").replaceChildren(); }
  if (name === "conversation" || name === "message" || name === "reset") soon();
}

let timer = null;
function soon() {
  timer ??= setTimeout(() => { timer = null; attempt(refresh); }, 150);
}

// The stream is read with fetch, since EventSource cannot send the token. It comes back by its cursor.
async function connect() {
  abort?.abort();
  const mine = abort = new AbortController();
  let wait = 500;
  while (!mine.signal.aborted) {
    try {
      const query = openId ? "?open=" + encodeURIComponent(openId) : "";
      const headers = { Authorization: "Bearer " + token, ...(cursor ? { "Last-Event-ID": cursor } : {}) };
      const answer = await fetch("/v1/stream" + query, { headers, signal: mine.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      wait = 500;
      say("");
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          let name = "message", data = null, id = null;
          for (const line of block.split("\n")) {
            if (line.startsWith("event: ")) name = line.slice(7);
            if (line.startsWith("data: ")) data = data === null ? line.slice(6) : data + "\n" + line.slice(6);
            if (line.startsWith("id: ")) id = line.slice(4);
          }
          if (data !== null) handle(name, JSON.parse(data));
          if (id !== null) cursor = id;
        }
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      say("Reconnecting… showing what we had.");
    }
    if (mine.signal.aborted) return;
    await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random())));
    wait = Math.min(wait * 2, 15000);
  }
}

$("reply").onsubmit = (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  // A repeat after a failure keeps its id, so that the message cannot be sent twice.
  if (!outbox || outbox.text !== text) outbox = { clientMessageId: crypto.randomUUID(), text };
  attempt(async () => {
    await api("POST", `/v1/conversations/${encodeURIComponent(openId)}/messages`, outbox);
    outbox = null;
    $("text").value = "";
  });
};
$("text").oninput = () => {
  if (!openId || Date.now() - typingSent < 3000) return;
  typingSent = Date.now();
  api("PUT", `/v1/conversations/${encodeURIComponent(openId)}/typing`, { typing: true }).catch(() => {});
};
$("text").onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); $("reply").requestSubmit(); }
};
for (const button of document.querySelectorAll("[data-do]")) {
  button.onclick = () => attempt(async () => {
    const body = button.dataset.do === "assign" ? { to: me } : undefined;
    await api("POST", `/v1/conversations/${encodeURIComponent(openId)}/${button.dataset.do}`, body);
    await refresh();
  });
}
$("qualify").onsubmit = (event) => {
  event.preventDefault();
  const form = new FormData($("qualify"));
  const customer = { firstName: form.get("firstName"), lastName: form.get("lastName") };
  for (const name of ["email", "phone"]) if (form.get(name)) customer[name] = form.get(name);
  const body = { conversationId: openId, customer, startNewDeal: form.has("startNewDeal") };
  // A repeat of the same click keeps its id, so that it cannot make a second deal.
  if (JSON.stringify(click?.body) !== JSON.stringify(body)) click = { requestId: crypto.randomUUID(), body };
  attempt(async () => {
    await api("POST", "/v1/qualifications", { requestId: click.requestId, ...click.body }, places.qualification);
    click = null;
    $("side").open = false;
  });
};
$("search").oninput = soon;

let shop = null;
function start(text) {
  token = text.trim();
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
    me = claims.sub;
    shop = claims.dealerships[0];
  } catch { say("This is no staff token."); }
  $("login").hidden = true;
  $("app").hidden = false;
  attempt(async () => {
    places = await api("GET", "/console.json");
    if (places.ingest && shop) {
      $("customer").href = places.ingest + "/demo/" + encodeURIComponent(shop);
      $("customer").hidden = false;
    }
    await refresh();
  });
  connect();
}
$("login").onsubmit = (event) => { event.preventDefault(); start($("token").value); };
const given = new URLSearchParams(location.hash.slice(1)).get("token");
// Out of the address bar and the history at once.
if (given) { history.replaceState(null, "", location.pathname); start(given); }
