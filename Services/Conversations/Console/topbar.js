import { h, set, show, text } from "./dom.js";

/** Product, dealership, notifications, who is signed in. */
export function topBar(session, notices) {
  const dealership = h("select", { "aria-label": "Dealership", onchange: () => session.switchTo(dealership.value) });
  const brand = h("a", { class: "brand", href: "/" }, "DirectChat");
  const name = h("span", { class: "dealership-name" });
  const who = h("bdi", { class: "who-am-i" });
  const out = h("button", { type: "button", class: "quiet", onclick: () => session.signOut() }, "Sign out");
  session.on("changed", () => {
    const { me } = session;
    dealership.replaceChildren(...me.dealerships.map((one) => h("option", { value: one.id }, one.name)));
    dealership.value = session.dealership.id;
    show(dealership, me.dealerships.length > 1);
    show(name, me.dealerships.length === 1);
    text(name, session.dealership.name);
    set(brand, "href", session.address("/"));
    text(who, me.name);
    set(who, "title", `Signed in as ${me.name}`);
  });
  return h("header", { class: "top" }, brand, dealership, name,
    h("span", { class: "spring" }), notices.button, who, out);
}
