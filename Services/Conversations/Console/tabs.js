import { h, newId, set, show } from "./dom.js";

/** A row of tabs with their panels: arrows move, as ARIA's practices have it. `chosen` is called with a tab's name. */
export class Tabs {
  #tabs;
  #chosen;
  list;

  /** `panels`: `[[name, element], …]`. */
  constructor(label, panels, chosen) {
    this.#chosen = chosen;
    this.#tabs = panels.map(([name, panel]) => {
      const tab = h("button", { type: "button", role: "tab", id: newId("tab"), onclick: () => this.choose(name) }, name);
      panel.id = newId("panel");
      set(panel, "role", "tabpanel");
      set(panel, "aria-labelledby", tab.id);
      set(tab, "aria-controls", panel.id);
      return { name, tab, panel };
    });
    this.list = h("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: (event) => this.#key(event) },
      this.#tabs.map(({ tab }) => tab));
  }

  choose(name) {
    for (const one of this.#tabs) {
      const isChosen = one.name === name;
      set(one.tab, "aria-selected", String(isChosen));
      set(one.tab, "tabindex", isChosen ? "0" : "-1");
      show(one.panel, isChosen);
    }
    this.#chosen(name);
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = this.#tabs.findIndex(({ tab }) => tab === document.activeElement);
    const next = this.#tabs[(at + step + this.#tabs.length) % this.#tabs.length];
    this.choose(next.name);
    next.tab.focus();
  }
}
