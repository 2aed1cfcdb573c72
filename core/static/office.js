"use strict";
/* What a page needs beyond HTML: confirmation, copying, small conveniences. All of it listens on the
   document, so parts of a page that are replaced later behave the same. */
(function () {
  const root = document.documentElement;
  root.classList.add("js");

  /* ---- confirmation: data-confirm on a form, a button or a link ------------------------------- */
  const dialog = document.getElementById("confirm-dialog");
  const accepted = new WeakSet();

  function ask(question, detail, yes, isDangerous) {
    if (!dialog || !dialog.showModal) return Promise.resolve(window.confirm(question));
    const more = dialog.querySelector("#confirm-detail");
    const button = dialog.querySelector("[data-answer=yes]");
    dialog.querySelector("#confirm-question").textContent = question;
    more.textContent = detail || "";
    more.hidden = !detail;
    button.dataset.label = button.dataset.label || button.textContent;
    button.textContent = yes || button.dataset.label;
    button.classList.toggle("danger", Boolean(isDangerous));
    dialog.returnValue = "no"; // Escape leaves the value as it is
    dialog.showModal();
    dialog.querySelector("[data-answer=no]").focus();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  function askFor(element, button) {
    const { confirm, confirmDetail, confirmYes } = element.dataset;
    return ask(confirm, confirmDetail, confirmYes, (button || element).classList.contains("danger"));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const source = button && button.dataset.confirm !== undefined ? button : form;
    if (source.dataset.confirm === undefined || accepted.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    askFor(source, button).then((yes) => {
      if (!yes) return;
      accepted.add(form);
      if (!form.elements.confirmed) {
        const mark = document.createElement("input");
        Object.assign(mark, { type: "hidden", name: "confirmed", value: "1" });
        form.append(mark);
      }
      form.requestSubmit(button || undefined);
      accepted.delete(form); // validation may have stopped the submission
    });
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link) return;
    event.preventDefault();
    askFor(link).then((yes) => { if (yes) window.location.assign(link.href); });
  });

  /* ---- the second click of a double click sends nothing --------------------------------------- */
  const sending = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (Date.now() - (sending.get(form) || 0) < 3000) event.preventDefault();
    else sending.set(form, Date.now());
  });

  /* ---- copying: data-copy holds the words, or "#id" of what to copy; data-copied says done ---- */
  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr-only";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy"); // plain http in an office network has no clipboard object
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const wanted = button.dataset.copy;
    const target = wanted.startsWith("#") ? document.getElementById(wanted.slice(1)) : null;
    const words = target ? target.innerText.trim() : wanted;
    if (!words) return;
    copy(words).then(() => {
      const before = button.textContent;
      if (!button.dataset.copied || before === button.dataset.copied) return;
      button.setAttribute("aria-live", "polite");
      button.textContent = button.dataset.copied;
      window.setTimeout(() => { button.textContent = before; }, 2000);
    }, () => { if (target) window.getSelection().selectAllChildren(target); });
  });

  /* ---- filters that apply themselves: data-autosubmit on the form ------------------------------ */
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.dataset.autosubmit !== undefined && !event.target.matches("[type=search], [type=text]")) {
      form.requestSubmit();
    }
  });

  /* ---- whole columns of tick boxes: data-check-all holds the selector -------------------------- */
  function counted() {
    document.querySelectorAll("[data-count-checked]").forEach((place) => {
      const number = document.querySelectorAll(place.dataset.countChecked + ":checked").length;
      place.textContent = number;
      const bar = place.closest("[data-when-checked]");
      if (bar) bar.hidden = number === 0;
    });
  }
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-check-all]");
    if (all) document.querySelectorAll(all.dataset.checkAll).forEach((box) => { box.checked = all.checked; });
    if (event.target.type === "checkbox") counted();
  });
  counted();

  /* ---- dialogs of the page and menus ------------------------------------------------------------ */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const box = document.querySelector(opener.dataset.dialog);
      if (box && box.showModal) { event.preventDefault(); box.showModal(); }
    }
    const closer = event.target.closest("[data-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
    document.querySelectorAll("details[data-drop][open]").forEach((drop) => {
      if (!drop.contains(event.target)) drop.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.target.closest("input, textarea, select, dialog")) {
      const search = document.querySelector(".search input");
      if (search) { event.preventDefault(); search.focus(); }
    }
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-drop][open]").forEach((drop) => {
      drop.open = false;
      drop.querySelector("summary").focus();
    });
  });

  /* ---- a long row of steps opens where the record stands ---------------------------------------- */
  document.querySelectorAll(".steps").forEach((row) => {
    const done = row.querySelectorAll(".done");
    const here = row.querySelector("[aria-current=step]") || done[done.length - 1];
    if (here && row.scrollWidth > row.clientWidth) row.scrollTo({ left: here.offsetLeft - row.firstElementChild.offsetLeft - row.clientWidth / 2 });
  });

  /* ---- an error summary takes the focus, so that it is read first ------------------------------- */
  const first = document.querySelector("[data-focus]");
  if (first) {
    first.focus();
    if (window.location.hash) window.addEventListener("load", () => first.focus()); // the fragment takes it away
  }

  window.office = { ask };
})();
