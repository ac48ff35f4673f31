// The forecast is about the form as it was sent. When somebody typed on meanwhile, the answer is
// out of date and would undo it: it is dropped, and the next change asks again. Nobody asks for
// a forecast of an order that is being placed.
"use strict";

(() => {
  const sent = new WeakMap();
  let leaving = false;

  const written = (form) => {
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    return new URLSearchParams(fields).toString();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (form.id !== "order-form") return;
    if (leaving) event.preventDefault();
    sent.set(event.detail.xhr, written(form));
  });

  document.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; }); // by the back button, too

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt;
    if (form.id !== "order-form") return;
    const current = form.isConnected && sent.get(event.detail.xhr) === written(form);
    if (!current) event.detail.shouldSwap = false;
  });
})();
