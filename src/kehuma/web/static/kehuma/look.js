// What the browser itself cannot do. Nothing here is needed to read a page or to post a form.
const root = document.documentElement;
const on = (type, selector, act) => document.addEventListener(type, (e) => {
  const found = e.target.closest?.(selector);
  if (found) act(found, e);
});
const keep = (name, value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
};

// The theme and the side bar are kept in cookies, so that the server draws them and nothing flickers.
on("click", "[data-theme-toggle]", () => {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  keep("kehuma_theme", root.dataset.theme);
});
on("click", "[data-fold]", (button) => {
  const isFolded = root.dataset.side !== "folded";
  root.dataset.side = isFolded ? "folded" : "open";
  button.setAttribute("aria-expanded", String(!isFolded));
  keep("kehuma_side", root.dataset.side);
});

on("click", "[role=tab]", (tab) => {
  for (const other of tab.parentElement.querySelectorAll("[role=tab]")) {
    const isHere = other === tab;
    other.setAttribute("aria-selected", String(isHere));
    other.tabIndex = isHere ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !isHere;
  }
});
on("keydown", "[role=tab]", (tab, e) => {
  const to = { ArrowRight: tab.nextElementSibling, ArrowLeft: tab.previousElementSibling }[e.key];
  if (to) { to.focus(); to.click(); }
});

// navigator.clipboard is there only under https or on this machine itself.
const copied = (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text, className: "vh" }));
  field.select();
  document.execCommand("copy");
  field.remove();
  return Promise.resolve();
};
on("click", "[data-copy]", (button) => copied(button.dataset.copy).then(() => {
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, 1200);
}));

on("click", "[data-open]", (button) => {
  button.closest("[popover]")?.hidePopover();
  document.getElementById(button.dataset.open).showModal();
});
on("click", "[data-close]", (button) => button.closest("dialog").close());
on("click", "dialog", (dialog, e) => { if (e.target === dialog) dialog.close(); });
on("click", "[data-dismiss]", (button) => button.closest("[data-toast]").remove());
on("click", "[data-back]", () => history.back());
on("click", "[data-print]", () => print());
on("change", "[data-submit]", (control) => control.form.requestSubmit());
// A row of a menu to choose from: the reading direction of the shop floor is the keyboard.
on("click", "[popover] a, [popover] .mi:not([data-stay])", (item) => item.closest("[popover]").hidePopover?.());

// Rows that are picked: the bar appears and tells their number.
const pick = (table) => {
  const list = table.closest("[data-list]") ?? document;
  const boxes = [...list.querySelectorAll("[data-pick]")];
  const number = boxes.filter((box) => box.checked).length;
  const all = list.querySelector("[data-pick-all]");
  if (all) { all.checked = number > 0 && number === boxes.length; all.indeterminate = number > 0 && number < boxes.length; }
  const bar = list.querySelector("[data-bulk]");
  if (bar) { bar.hidden = number === 0; bar.querySelector("output").value = number; }
};
on("change", "[data-pick]", pick);
on("change", "[data-pick-all]", (all) => {
  for (const box of all.closest("table").querySelectorAll("[data-pick]")) box.checked = all.checked;
  pick(all);
});

// A form is sent once; what was half typed is not lost by a wrong click.
on("submit", "form", (form) => {
  form.dataset.sent = "";
  const button = form.querySelector("button.primary[type=submit]");
  if (form.method === "post" && button && !form.hasAttribute("hx-post")) setTimeout(() => { button.disabled = true; button.setAttribute("aria-busy", "true"); });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy=true][type=submit]")) { button.disabled = false; button.removeAttribute("aria-busy"); }
});
on("input", "form[data-guard]", (form) => { form.dataset.dirty = ""; });
addEventListener("beforeunload", (e) => {
  if (document.querySelector("form[data-dirty]:not([data-sent])")) e.preventDefault();
});

document.addEventListener("keydown", (e) => {
  if (e.target.matches("input, textarea, select") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "/") { e.preventDefault(); document.querySelector("[data-find]")?.focus(); }
  if (e.key === "?") document.getElementById("help")?.showModal();
});
// A request that is given up, because the reader types on or leaves, is no error: it ends like one whose answer nobody
// wants. htmx would write it to the console. What changes something is never given up.
const questions = new Set();
addEventListener("htmx:beforeSend", ({ detail: { xhr, requestConfig, elt } }) => {
  xhr.onabort = xhr.onload;
  if (requestConfig.verb !== "get" && !elt.closest("[data-quiet]")) return;
  questions.add(xhr);
  xhr.addEventListener("loadend", () => questions.delete(xhr));
});
addEventListener("htmx:beforeOnLoad", (e) => { if (!e.detail.xhr.status) e.preventDefault(); });
addEventListener("beforeunload", () => { for (const xhr of questions) xhr.abort(); });
addEventListener("htmx:sendError", (e) => {
  if (e.target.closest?.("[data-quiet]")) return;
  const toasts = document.getElementById("toasts");
  toasts.textContent = toasts.dataset.offline;
});

// Keys of a page: data-key names the letter of a link or button; j and k go through the rows of a list.
document.addEventListener("keydown", (e) => {
  if (e.target.matches("input, textarea, select") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (/^[a-z]$/.test(e.key)) document.querySelector(`[data-key="${e.key}"]`)?.click();
  if (e.key !== "j" && e.key !== "k") return;
  const rows = [...document.querySelectorAll("[data-list] tbody th a")];
  const next = rows.indexOf(document.activeElement) + (e.key === "j" ? 1 : -1);
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
});
on("click", "[data-press]", (button) => {
  for (const other of button.parentElement.querySelectorAll("[data-press]")) other.setAttribute("aria-pressed", String(other === button));
});

// The arrows go from the search box into what it suggests, and back.
on("keydown", ".find", (form, e) => {
  if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
  const stops = [form.querySelector("[data-find]"), ...form.querySelectorAll(".find-hints a")];
  const next = stops[stops.indexOf(document.activeElement) + (e.key === "ArrowDown" ? 1 : -1)];
  if (next) { e.preventDefault(); next.focus(); }
});

// A phone has no room for a whole row of tabs: the one that is open, or the view that was saved, shall be seen.
const showTab = () => {
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.closest(".tabs"), [a, b] = [row, tab].map((one) => one.getBoundingClientRect());
    row.scrollLeft += b.left - a.left - (a.width - b.width) / 2;
  }
};
showTab();
addEventListener("htmx:afterSettle", showTab);
