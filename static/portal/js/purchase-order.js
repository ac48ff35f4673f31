// Fills in the text for a purchase order while it is typed. Nothing is sent: without this
// script the form asks the server for the same text, whose words come from there anyway.
"use strict";

(() => {
  const form = document.getElementById("purchase-order");
  const blank = form.dataset.blank;
  const lines = document.querySelectorAll("#slip [data-field], #slip [data-family]");
  const fields = form.querySelectorAll("[data-family]");

  const isOrdered = (family) =>
    form.querySelector(`input[name="types"][value="${CSS.escape(family)}"]`).checked;

  const show = () => {
    for (const element of [...fields, ...lines]) {
      if (element.dataset.family) element.hidden = !isOrdered(element.dataset.family);
    }
    for (const line of lines) {
      const typed = form.elements[line.dataset.field].value.trim();
      line.querySelector("[data-value]").textContent = typed || blank;
    }
  };

  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const element of form.querySelectorAll("[data-without-script]")) element.hidden = true;
  for (const element of document.querySelectorAll("[data-with-script]")) element.hidden = false;
  show(); // browsers keep what was typed when somebody comes back
})();
