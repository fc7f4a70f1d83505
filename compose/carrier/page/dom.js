// Elements are made here only, from text and attributes, never from HTML: what somebody wrote can only be text.

export const byId = (id) => document.getElementById(id);

/** An element. Attributes: functions are listeners, true is an empty attribute, null and false are none. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Only where it changes, so that a live region does not speak again. */
export function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Shows an error at its field, or none. */
export function showError(element, words, field) {
  element.hidden = !words;
  text(element, words ?? "");
  if (field) field.toggleAttribute("aria-invalid", Boolean(words));
}
