// Copy buttons, menus, printing, and what says how a request goes. Everything else works without a script.
"use strict";

(() => {
  const SHOWN = 2000; // milliseconds that "Copied" stays
  const status = document.getElementById("copy-status");
  const resets = new WeakMap();

  // navigator.clipboard exists only on https and on localhost
  const write = async (text) => {
    if (navigator.clipboard) {
      try {
        return await navigator.clipboard.writeText(text);
      } catch {
        // the browser or a policy said no: try the old way
      }
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "visually-hidden";
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus();
    if (!done) throw new Error("The browser did not copy.");
  };

  // innerText counts the line break of a blank line twice
  const visibleText = (id) =>
    document.getElementById(id).innerText.trim().replace(/\n{3,}/g, "\n\n");

  const textOf = (button) => button.dataset.copy ?? visibleText(button.dataset.copyFrom);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    try {
      await write(textOf(button));
    } catch {
      if (status) status.textContent = status.dataset.failed;
      return;
    }
    button.toggleAttribute("data-copied", true);
    if (status) status.textContent = status.dataset.copied;
    clearTimeout(resets.get(button));
    resets.set(button, setTimeout(() => {
      button.removeAttribute("data-copied");
      if (status) status.textContent = "";
    }, SHOWN));
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // Screen readers are told while htmx replaces a part of the page
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
  });

  const problem = document.getElementById("request-problem");

  const tell = (when, said) => {
    for (const text of problem.querySelectorAll("[data-when]")) {
      text.hidden = text.dataset.when !== when;
      if (said && !text.hidden) text.textContent = said;
    }
    problem.hidden = false;
  };

  // Too many tries: the portal says what to do and when; or it answers with the part of the page
  // that was asked for, which says so beside the field.
  const TOO_MANY = 429;
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status !== TOO_MANY || !detail.target.id) return;
    if (!parsed(detail.serverResponse).getElementById(detail.target.id)) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });

  const refused = (xhr) => {
    const said = parsed(xhr.responseText).querySelector("[data-too-many]");
    if (xhr.status === TOO_MANY && said) tell("too-many", said.textContent.trim());
    else tell("refused");
  };

  document.addEventListener("htmx:sendError", () => tell("unreachable"));
  document.addEventListener("htmx:timeout", () => tell("unreachable"));
  document.addEventListener("htmx:responseError", ({ detail }) => refused(detail.xhr));
  document.addEventListener("htmx:afterSwap", () => {
    problem.hidden = true;
  });

  const openMenus = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  });
})();
