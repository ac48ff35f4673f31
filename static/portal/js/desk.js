// Names and roles that Django's admin leaves out of what its scripts and lists make.
"use strict";

// A list that may be wider than the screen is scrolled by keyboard, too, if nothing in it has focus.
for (const list of document.querySelectorAll(".results")) {
  if (!list.querySelector("a, button, input")) list.tabIndex = 0;
}

addEventListener("load", () => {
  // The two-box chooser gives its icons a name, but no role that may have one.
  for (const icon of document.querySelectorAll(".search-label-icon")) icon.role = "img";
});

// A chooser with search is named by its value alone, so by nothing while it has none.
// By the admin's own queue: the script that makes the choosers stands in it before us.
window.django?.jQuery(() => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const [label] = select.labels;
    const box = select.parentElement.querySelector(".select2-selection");
    const value = box?.querySelector(".select2-selection__rendered");
    if (!label || !value) continue;
    label.id ||= `${select.id}_label`;
    value.setAttribute("aria-labelledby", label.id);
    box.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
  }
});
