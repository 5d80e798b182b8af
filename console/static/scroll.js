"use strict";
// A table that is wider than the screen stays where it was pushed to when what is new comes in.
(() => {
  const pushed = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    for (const one of event.detail.target.querySelectorAll(".wide[id]")) {
      pushed.set(one.id, one.scrollLeft);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const [id, left] of pushed) {
      const one = document.getElementById(id);
      if (one) one.scrollLeft = left;
    }
    pushed.clear();
  });
})();
