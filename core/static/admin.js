"use strict";
/* Rows of forms within forms, the filter of a small list, and bulk actions whose boxes stand outside the form. */
(function () {
  const NAMED = ["id", "name", "for", "aria-describedby"];

  function prefixed(prefix, attribute, value) {
    if (attribute === "aria-describedby") return value.split(" ").map((id) => prefix + "-" + id).join(" ");
    return value ? prefix + "-" + value : prefix;
  }

  function addRow(button) {
    const field = button.closest(".inline-field");
    const list = field.querySelector(":scope > .inline-field-list");
    const numbers = [...list.children].map((row) => parseInt(row.id.split("-").pop(), 10) || 0);
    const prefix = field.id + "-" + (numbers.length ? Math.max(...numbers) + 1 : 0);
    const copy = field.querySelector(":scope > template").content.firstElementChild.cloneNode(true);
    NAMED.forEach((attribute) => {
      copy.querySelectorAll("[" + attribute + "]").forEach((part) => {
        part.setAttribute(attribute, prefixed(prefix, attribute, part.getAttribute(attribute)));
      });
    });
    copy.id = prefix;
    list.append(copy);
    document.dispatchEvent(new CustomEvent("office:added", { detail: copy }));
    const first = copy.querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus();
  }

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-fa-add-inline]");
    if (add) addRow(add);
    const remove = event.target.closest("[data-inline-remove]");
    if (remove) {
      window.office.ask(remove.dataset.inlineRemove, "", remove.textContent, true).then((yes) => {
        if (yes) remove.closest(".inline-row").remove();
      });
    }
  });

  /* the value of a filter carries the name of the filter chosen: flt<number>_<filter> */
  function nameFilter(form) {
    const option = form.querySelector("[data-filter-choice]").selectedOptions[0];
    const old = form.querySelector("[data-filter-value]");
    const options = option && option.dataset.options ? JSON.parse(option.dataset.options) : null;
    const value = document.createElement(options ? "select" : "input");
    (options || []).forEach(([key, text]) => value.append(new Option(text, key)));
    value.dataset.filterValue = "";
    value.name = "flt" + form.dataset.filterNumber + "_" + (option ? option.value : "");
    if (!options) value.value = old.tagName === "INPUT" ? old.value : "";
    old.replaceWith(value);
  }
  document.querySelectorAll("form[data-filter-number]").forEach(nameFilter);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-filter-choice]")) nameFilter(event.target.form);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "action_form") return;
    event.target.querySelectorAll("[data-copied-box]").forEach((box) => box.remove());
    document.querySelectorAll(".action-checkbox:checked:not([form])").forEach((box) => {
      const copy = document.createElement("input");
      Object.assign(copy, { type: "hidden", name: box.name, value: box.value });
      copy.dataset.copiedBox = "";
      event.target.append(copy);
    });
  });
})();
