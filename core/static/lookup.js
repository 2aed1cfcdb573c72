"use strict";
/* Suggestions while typing, as an ARIA combobox.
   - <input type="text" data-lookup="/address">: the text of the choice becomes the value.
   - Flask-Admin's <input data-role="select2-ajax" data-url=…>: the key becomes the value, the text is shown.
   The address answers ?query=…&limit=10 with [[key, text], …]. */
(function () {
  let serial = 0;

  function make(name, attributes) {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  function upgrade(input) {
    if (input.dataset.lookupReady !== undefined) return;
    input.dataset.lookupReady = "";
    const isKeyed = input.dataset.role === "select2-ajax";
    if (isKeyed && input.dataset.multiple) return; // several keys: typed as a list
    const shown = isKeyed ? split(input) : input;
    const list = make("ul", { class: "lookup-list", role: "listbox", id: "lookup-" + ++serial, hidden: "" });
    const box = make("div", { class: "lookup" });
    const label = document.querySelector(`label[for="${CSS.escape(shown.id)}"]`);
    if (label) list.setAttribute("aria-label", label.textContent.trim());
    Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off",
    }).forEach(([key, value]) => shown.setAttribute(key, value));
    shown.replaceWith(box);
    box.append(shown, list);
    listen({ input, shown, list, isKeyed, address: input.dataset.lookup || input.dataset.url, at: -1, asked: 0 });
  }

  function split(input) {
    const present = input.dataset.json ? JSON.parse(input.dataset.json) : null;
    const shown = make("input", { type: "text", id: input.id, placeholder: input.dataset.placeholder || "" });
    ["aria-describedby", "aria-invalid", "required"].forEach((name) => {
      if (input.hasAttribute(name)) shown.setAttribute(name, input.getAttribute(name));
    });
    shown.value = present ? present[1] : "";
    input.type = "hidden";
    input.removeAttribute("id");
    input.removeAttribute("required");
    input.after(shown);
    return shown;
  }

  function listen(state) {
    let waiting = 0;
    state.shown.addEventListener("input", () => {
      if (state.isKeyed) state.input.value = "";
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => suggest(state), 180);
    });
    state.shown.addEventListener("keydown", (event) => onKey(state, event));
    state.shown.addEventListener("blur", () => window.setTimeout(() => close(state), 150));
    state.list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      event.preventDefault();
      choose(state, option);
    });
  }

  function suggest(state) {
    const query = state.shown.value.trim();
    if (!query) return close(state);
    const turn = ++state.asked;
    const url = new URL(state.address, window.location.href);
    url.searchParams.set("query", query);
    url.searchParams.set("limit", "10");
    return fetch(url, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : []))
      .then((rows) => { if (turn === state.asked) show(state, rows); });
  }

  function show(state, rows) {
    state.list.replaceChildren(...rows.map(([key, text], index) => {
      const option = make("li", { role: "option", id: `${state.list.id}-${index}`, "aria-selected": "false", "data-key": key });
      option.textContent = text;
      return option;
    }));
    state.at = -1;
    state.list.hidden = rows.length === 0;
    state.shown.setAttribute("aria-expanded", String(rows.length > 0));
    state.shown.removeAttribute("aria-activedescendant");
  }

  function close(state) {
    state.asked += 1;
    show(state, []);
  }

  function choose(state, option) {
    state.shown.value = option.textContent;
    if (state.isKeyed) state.input.value = option.dataset.key;
    close(state);
    state.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function onKey(state, event) {
    const options = [...state.list.children];
    if (event.key === "Escape" && options.length) { event.stopPropagation(); close(state); }
    if (!options.length) return;
    if (event.key === "Enter" && state.at >= 0) { event.preventDefault(); choose(state, options[state.at]); }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    state.at = (state.at + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === state.at)));
    state.shown.setAttribute("aria-activedescendant", options[state.at].id);
    options[state.at].scrollIntoView({ block: "nearest" });
  }

  function upgradeAll(root) {
    root.querySelectorAll("input[data-lookup], input[data-role='select2-ajax']").forEach(upgrade);
  }
  upgradeAll(document);
  document.addEventListener("office:added", (event) => upgradeAll(event.detail));
  document.addEventListener("htmx:load", (event) => upgradeAll(event.target));
})();
