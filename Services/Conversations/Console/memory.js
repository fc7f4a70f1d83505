// What this browser keeps for the member of staff. Storage may be forbidden or full: then the page works without.

const PREFIX = "directchat.";

export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

/** null and "" forget it. */
export function remember(name, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Only comfort is lost: the token must be given again, a text typed again.
  }
}

/** The names of everything kept under a stem. */
export function names(stem) {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index));
    return keys.filter((key) => key.startsWith(PREFIX + stem)).map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}
