// The forecast is about the form as it was sent. If the user typed on meanwhile, the answer is out
// of date and would undo it: it is dropped, and asked for again when they pause. What was typed
// before this script came is asked about when it comes. No forecast is asked for while the order is
// being placed. To press a button, or to open a list of options,
// leaves a field, which asks for the forecast; an answer that came before the release, or while the
// list is open, would take it away from under the pointer: it is dropped, and asked for again after.
// What is left half-filled is kept as a draft.
"use strict";

(() => {
  const PAUSE = 500; // milliseconds
  const sent = new WeakMap();
  let leaving = false;
  let held = null; // a button that is pressed, or a list of options that is open
  let late = null; // the form whose answer came meanwhile
  let pause = null; // the timer that asks again
  let touched = document.getElementById("order-form")?.matches("[data-typed]");
  let kept = null; // the form as it was sent or kept last

  const written = (form) => {
    const fields = [...new FormData(form)].flatMap(([name, value]) => {
      if (typeof value === "string") return [[name, value]];
      return value.name ? [["left_file", value.name]] : []; // a draft keeps no file, only its name
    });
    return new URLSearchParams(fields).toString();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (form.id !== "order-form") return;
    if (leaving) event.preventDefault();
    sent.set(event.detail.xhr, written(form));
  });

  // Enter in a field asks what would happen, or looks for the site, without loading the page anew.
  const refresh = (form) => {
    if (document.activeElement?.name === "find") form.querySelector("[name=find_site]").click();
    else htmx.trigger(form, "change");
  };

  document.addEventListener("submit", (event) => {
    if (event.submitter?.name === "refresh") {
      event.preventDefault();
      return refresh(event.target);
    }
    leaving = true;
    const form = document.getElementById("order-form");
    if (form && event.target.matches("#order-form, [data-discard]")) kept = written(form);
  });
  window.addEventListener("pageshow", () => { leaving = false; }); // by the back button, too

  const release = () => {
    held = null;
    if (late) htmx.trigger(late, "change");
    late = null;
  };
  const isOpen = (element) => element === held && element.matches("select");

  document.addEventListener("pointerdown", (event) => {
    held = event.target.closest("button, a, label, select");
  });
  document.addEventListener("pointerup", () => {
    if (!held?.matches("select")) setTimeout(release); // after the click
  });
  document.addEventListener("pointercancel", release);
  document.addEventListener("focusout", (event) => { if (isOpen(event.target)) release(); });
  document.addEventListener("change", (event) => {
    if (isOpen(event.target)) held = late = null; // it asks anyway
  }, true);
  window.addEventListener("blur", release);

  const askAfterPause = (form) => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      pause = null;
      if (form.isConnected) htmx.trigger(form, "change");
    }, PAUSE);
  };
  document.addEventListener("input", (event) => {
    if (pause && event.target.form) askAfterPause(event.target.form);
  });

  const isTyped = (field) => field.matches("[type=radio], [type=checkbox]")
    ? field.checked !== field.defaultChecked
    : "defaultValue" in field && field.value !== field.defaultValue;

  document.addEventListener("DOMContentLoaded", () => { // htmx has begun to listen
    const form = document.getElementById("order-form");
    if (form && [...form.elements].some(isTyped)) htmx.trigger(form, "change");
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt;
    if (form.id !== "order-form") return;
    const current = form.isConnected && sent.get(event.detail.xhr) === written(form);
    if (current && held) late = form;
    if (!current) askAfterPause(form);
    if (!current || held) event.detail.shouldSwap = false;
  });

  // Who goes elsewhere finds what they typed as a draft. A beacon outlives the page, but takes
  // 64 kB at most; what is larger is sent as long as the page is there.
  const keep = () => {
    const form = document.getElementById("order-form");
    if (!touched || !form?.dataset.keep) return;
    const body = written(form);
    if (body === kept) return;
    kept = body;
    const data = new URLSearchParams(body);
    if (!navigator.sendBeacon(form.dataset.keep, data)) {
      fetch(form.dataset.keep, { method: "POST", body: data });
    }
  };
  const touch = (event) => { if (event.target.closest?.("#order-form")) touched = true; };

  document.addEventListener("change", (event) => {
    if (event.target.files?.length) document.querySelector("[data-left-file]")?.remove();
  });

  document.addEventListener("input", touch);
  document.addEventListener("change", touch);
  document.addEventListener("htmx:beforeRequest", touch); // a button
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  window.addEventListener("pagehide", keep);
})();
