"use strict";
// Single keys. A page says in data-key what a key presses, chooses or opens; data-row marks the
// links of a list. Whoever switched keys off in their account is not given this file.

(() => {
  const TYPING =
    "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit])";
  const help = document.getElementById("keys-help");
  const said = document.getElementById("keys-said");
  const button = document.getElementById("keys-open");

  const rows = () => [...document.querySelectorAll("a[data-row]")];

  function step(by) {
    const all = rows();
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) next.focus();
    return Boolean(next);
  }

  function name(element) {
    const label = element.closest("label") || (element.labels && element.labels[0]);
    return label ? label.textContent.trim() : element.textContent.trim();
  }

  function use(key) {
    const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found instanceof HTMLOptionElement) {
      const select = found.closest("select");
      select.value = found.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      select.scrollIntoView({ block: "nearest" });
      said.textContent = `${name(select)}: ${found.label}`;
    } else if (found.matches("input[type=radio]")) {
      found.checked = true;
      found.scrollIntoView({ block: "nearest" });
      said.textContent = name(found);
    } else if (found.matches("input")) {
      found.focus();
    } else {
      found.click();
    }
    return true;
  }

  function act(key) {
    if (key === "?") {
      help.showModal();
      return true;
    }
    if (key === "j") return step(1);
    if (key === "k") return step(-1);
    const listed = document.activeElement && document.activeElement.matches("a[data-row]");
    if (listed && key === "arrowdown") return step(1);
    if (listed && key === "arrowup") return step(-1);
    return key.length === 1 && use(key);
  }

  function digit(event) {
    // Where digits need the shift key, as on French keyboards, the key alone will do.
    return /^Digit\d$/.test(event.code) && !event.shiftKey ? event.code.slice(5) : "";
  }

  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (event.defaultPrevented || modified || event.isComposing) return;
    if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    const plain = digit(event);
    if (act(event.key.toLowerCase()) || (plain && act(plain))) event.preventDefault();
  });

  // What a key does stands beside it, only where there is a script to do it.
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    if (element instanceof HTMLOptionElement) {
      element.textContent = `${element.textContent} (${key.toUpperCase()})`;
      continue;
    }
    element.setAttribute("aria-keyshortcuts", key);
    if (element.matches("input[type=radio], button")) {
      const mark = document.createElement("kbd");
      mark.textContent = key.toUpperCase();
      mark.setAttribute("aria-hidden", "true");
      (element.closest("label") || element).append(" ", mark);
    }
  }

  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
})();
