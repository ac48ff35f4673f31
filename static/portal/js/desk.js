// Django's two-box chooser gives its icons a name, but no role that may have one.
"use strict";

addEventListener("load", () => {
  for (const icon of document.querySelectorAll(".search-label-icon")) icon.role = "img";
});
