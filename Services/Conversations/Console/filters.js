import { drawing, h, set, text } from "./dom.js";

const FILTERS = [
  ["all", "All", "M4 6h16M4 12h16M4 18h10"],
  ["chat", "Chat", "M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"],
  ["live", "Live now", "M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M5.6 5.6a9 9 0 0 0 0 12.8M18.4 5.6a9 9 0 0 1 0 12.8"],
  ["unreplied", "Unreplied", "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6"],
  ["mine", "Mine", "M12 8m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 21a8 8 0 0 1 16 0"],
  ["closed", "Closed", "M5 12.5l4.5 4.5L19 7.5"],
];

export const filterName = (filter) => FILTERS.find(([name]) => name === filter)[1];

/** The left-hand menu: what the list shows, with counts that are always those of now. */
export function filtersView(desk) {
  const buttons = FILTERS.map(([name, label, path]) => {
    const count = h("span", { class: "count" });
    const button = h("button", { type: "button", class: "filter", onclick: () => desk.show({ filter: name }) },
      drawing("line", path), h("span", { class: "label" }, label), " ", count);
    return { name, button, count };
  });
  const update = () => {
    for (const { name, button, count } of buttons) {
      set(button, "aria-pressed", String(name === desk.filter));
      text(count, desk.counts[name] ?? "");
    }
  };
  desk.on("list", update);
  update();
  return h("nav", { class: "filters", "aria-label": "Filters" }, buttons.map(({ button }) => button));
}
