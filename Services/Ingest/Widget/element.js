// h("button.send", {title: "Send"}, child, …): attributes and listeners by their names, children as nodes or text.
const h = (name, attributes = {}, ...children) => {
  const [tag, className] = name.split(".");
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
};

// Only a change is one: screen readers read out again what is written again.
const put = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

const RING = "M12 3a9 9 0 100 18 9 9 0 000-18z";
const ICONS = {
  chat: "M12 3C6 3 2 7 2 11c0 3 1 5 3 6.5 0 1 0 2-1 3.5 2 0 3-1 5-2 8 2 13-2 13-8 0-4-4-8-10-8z",
  down: "M6 9.5l6 6 6-6",
  end: "M10 5H6v14h4M14.5 8.5L18 12l-3.5 3.5M18 12h-8",
  send: "M12 19V5.5M5.5 11.5L12 5l6.5 6.5",
  Sending: "M12 7v5l3 2" + RING,
  Sent: "M5 12.5l4.5 4.5L19 7.5",
  "Not sent": "M12 7v6M12 16v.1" + RING,
};
const icon = (name) => {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
};

// Text with its addresses as links; all else stays text. A name in an address only serves to deceive.
const linked = (text) => {
  const parts = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"'\u202a-\u202e\u2066-\u2069]+/gi)) {
    let address = match.replace(/[.,;:!?\]}*_~]+$/, "");
    while (address.endsWith(")") && address.split("(").length < address.split(")").length) address = address.slice(0, -1);
    const url = URL.canParse?.(address) ? new URL(address) : null;
    if (!url || url.username || url.password) continue;
    const link = h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, address);
    parts.push(text.slice(end, index), link);
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
};
// Controls draw nothing, or something else in each browser.
const readable = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");

const initials = (name) => {
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return words.slice(0, 2).map((word) => Array.from(word)[0].toUpperCase()).join("");
};
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
const day = (at) => new Date(at).toLocaleDateString([], { weekday: "long", month: "long", day: "numeric" });
