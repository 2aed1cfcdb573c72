"use strict";
/* Uploads in pieces: form[data-parts] names where they begin. A piece that fails is sent again, an upload that
   broke off goes on where it stopped, also after the page was left.
   A form with a field named upload is sent afterwards, with the upload in the file's place. Without this script
   the form works by itself. */
(function () {
  const FROM = 1024 * 1024; // what is smaller goes in one piece
  const TRIES = 6;

  function token(form) { return form.elements.csrf_token.value; }

  function ask(form, method, address, body, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch does not tell how far an upload has come
      request.open(method, address);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", token(form));
      if (body instanceof Blob) request.setRequestHeader("Content-Type", "application/octet-stream");
      request.timeout = 120000;
      if (onProgress) request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
      request.addEventListener("load", () => {
        let said = {};
        try { said = JSON.parse(request.responseText || "{}"); } catch (error) { said = {}; }
        if (request.status >= 200 && request.status < 300) resolve(said);
        else reject({ status: request.status, message: said.message });
      });
      ["error", "timeout"].forEach((name) => request.addEventListener(name, () => reject({ status: 0 })));
      request.send(body || null);
    });
  }

  function later(seconds) { return new Promise((resolve) => { window.setTimeout(resolve, seconds * 1000); }); }

  function remembered(key) {
    try { return window.localStorage.getItem(key); } catch (error) { return null; }
  }
  function remember(key, value) {
    try {
      if (value) window.localStorage.setItem(key, value);
      else window.localStorage.removeItem(key);
    } catch (error) { /* a browser that keeps nothing begins again, no more */ }
  }

  async function begun(form, file, key) {
    const known = remembered(key);
    if (known) {
      try { return await ask(form, "GET", known); } catch (refusal) { if (!refusal.status) throw refusal; }
    }
    const words = new FormData();
    words.set("filename", file.name);
    words.set("size", file.size);
    words.set("label", form.elements.label ? form.elements.label.value : "");
    const said = await ask(form, "POST", form.dataset.parts, words);
    remember(key, said.url);
    return said;
  }

  async function sent(form, file, show) {
    const key = ["upload", form.dataset.parts, file.name, file.size, file.lastModified].join("|");
    const upload = await begun(form, file, key);
    let at = upload.received;
    let failed = 0;
    while (at < file.size) {
      const piece = file.slice(at, at + upload.piece);
      const from = at;
      try {
        const address = upload.url + "?offset=" + at;
        at = (await ask(form, "PUT", address, piece, (done) => show(from + done, file.size))).received;
        failed = 0;
      } catch (refusal) {
        failed += 1;
        if (failed >= TRIES || (refusal.status && refusal.status !== 409 && refusal.status < 500)) throw refusal;
        form.querySelector("[data-upload-said]").textContent = form.dataset.again;
        await later(Math.min(2 ** failed, 20));
        at = (await ask(form, "GET", upload.url).catch(() => ({ received: at }))).received;
      }
      show(at, file.size);
    }
    show(null);
    if (form.elements.upload) return { key: key, upload: upload.url }; // its form is sent after it
    try {
      return await ask(form, "POST", upload.url);
    } finally {
      remember(key, null);
    }
  }

  function start(form) {
    const file = form.querySelector("input[type=file]").files[0];
    const bar = form.querySelector("[data-upload-bar]");
    const words = form.querySelector("[data-upload-said]");
    const error = form.querySelector("[data-upload-error]");
    const button = form.querySelector("button");
    const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
    const show = (done, total) => {
      bar.hidden = false;
      if (done === null) {
        bar.removeAttribute("value");
        words.textContent = form.dataset.examining;
      } else {
        bar.max = total;
        bar.value = done;
        words.textContent = megabytes(done) + " / " + megabytes(total) + " MB";
      }
    };
    error.hidden = true;
    button.disabled = true;
    show(0, file.size);
    sent(form, file, show).then((said) => {
      if (said.upload) {
        remember(said.key, null);
        form.elements.upload.value = said.upload.split("/").pop();
        form.querySelector("input[type=file]").disabled = true;
        form.submit();
        return;
      }
      const here = window.location.href.split("#")[0];
      const there = new URL(said.url, here);
      window.location.assign(there.href);
      if (there.href.split("#")[0] === here) window.location.reload(); // only the fragment differs
    }, (refusal) => {
      bar.hidden = true;
      words.textContent = "";
      button.disabled = false;
      error.textContent = refusal.message || form.dataset.broken;
      error.hidden = false;
      error.focus();
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.parts === undefined || event.defaultPrevented) return;
    const chosen = form.querySelector("input[type=file]");
    const file = chosen && chosen.files[0];
    if (!file || file.size < FROM) return;
    event.preventDefault();
    start(form);
  });
})();
