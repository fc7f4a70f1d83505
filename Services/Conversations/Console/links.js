const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u202a-\u202e\u2066-\u2069]{2,2000}/giu;

/** A text as nodes: web addresses are links that tell the other side nothing, everything else is text. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    if (!isWeb(address)) continue;
    nodes.push(text.slice(end, match.index), link(address));
    end = match.index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

/** What ends a sentence does not belong to the address; a bracket does if it was opened there. */
function trimmed(address) {
  const end = address.replace(/[.,;:!?]+$/, "");
  const [open, close] = [end.split("(").length, end.split(")").length];
  return end.endsWith(")") && close > open || end.endsWith("]") ? trimmed(end.slice(0, -1)) : end;
}

function isWeb(address) {
  const url = URL.parse?.(address) ?? tryParse(address);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && !url.username && !url.password;
}

function tryParse(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

function link(address) {
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.textContent = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer nofollow";
  return anchor;
}
