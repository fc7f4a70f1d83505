// What outlives a page. Where localStorage is forbidden or full, memory stands in.
const memory = new Map();
const guarded = (body) => {
  try {
    return body();
  } catch {
    return null;
  }
};
const store = {
  get(key) {
    return memory.get(key) ?? guarded(() => localStorage.getItem(PREFIX + key));
  },
  set(key, value) {
    try {
      localStorage.setItem(PREFIX + key, value);
      memory.delete(key);
    } catch {
      memory.set(key, value);
    }
  },
  remove(key) {
    memory.delete(key);
    guarded(() => localStorage.removeItem(PREFIX + key));
  },
  json(key) {
    return guarded(() => JSON.parse(store.get(key)));
  },
  // Sorted.
  keys(start) {
    const kept = guarded(() => Object.keys(localStorage)) ?? [];
    const keys = kept.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    return [...new Set([...memory.keys(), ...keys])].filter((key) => key.startsWith(start)).sort();
  },
};

// Per tab.
const tab = {
  get isOpen() {
    return guarded(() => sessionStorage.getItem(PREFIX + "open")) === "1";
  },
  set isOpen(is) {
    guarded(() => sessionStorage.setItem(PREFIX + "open", is ? "1" : "0"));
  },
};
