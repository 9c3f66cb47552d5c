// The list of jobs: suggestions while a search is typed, rows brought up to date in place, news that wait, choices.

import { $, $$, api, bodyOf, bulk, refresh, toast, v1 } from "./dashboard.js";
import { morph } from "./live-page.js";

const field = $("#q");
const list = $("#suggestions");
const form = field.form;

// Suggestions
let [asked, suggested, chosen] = [0, [], -1];
async function suggest() {
  const mine = ++asked;
  const text = field.value.slice(0, field.selectionStart ?? undefined);
  const answer = await api(`${v1}/jobs/suggest?q=${encodeURIComponent(text)}`).catch(() => null);
  if (mine !== asked || document.activeElement !== field) return;
  show((answer?.suggestions ?? []).map((one) => ({ ...one, text: one.text + field.value.slice(text.length) })));
}

function show(found) {
  suggested = found;
  list.replaceChildren(...suggested.map(({ shown, means }, at) => {
    const row = Object.assign(document.createElement("li"), { id: `suggestion-${at}`, onmousedown: (event) => (event.preventDefault(), take(at)) });
    row.setAttribute("role", "option");
    row.append(Object.assign(document.createElement("b"), { textContent: shown }), Object.assign(document.createElement("span"), { textContent: means ?? "" }));
    return row;
  }));
  choose(-1);
  open(suggested.length > 0);
}

function open(is) {
  list.hidden = !is;
  field.setAttribute("aria-expanded", String(is));
}

function choose(at) {
  chosen = at;
  $$("li", list).forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
  if (at < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `suggestion-${at}`);
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

function take(at) {
  const { text, shown } = suggested[at];
  const more = /[:.]$/.test(shown); // a key: its values come next
  field.value = more ? text : `${text.trimEnd()} `;
  open(false);
  if (more) suggest();
}

let timer = 0;
const soon = () => (clearTimeout(timer), (timer = setTimeout(suggest, 90)));
field.addEventListener("input", () => {
  // What does not fit any more must not be taken while the server is asked for more.
  const typed = field.value.slice(0, field.selectionStart ?? undefined).split(/[\s()]/).at(-1).replace(/^-/, "").toLowerCase();
  show(typed ? suggested.filter(({ shown }) => shown.toLowerCase().startsWith(typed)) : []);
  soon();
});
field.addEventListener("focus", soon);
field.addEventListener("blur", () => open(false));
field.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !list.hidden) {
    event.preventDefault();
    choose((chosen + step + suggested.length + (chosen < 0 && step < 0 ? 1 : 0)) % suggested.length);
  } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0 && !list.hidden) {
    event.preventDefault();
    take(chosen);
  } else if (event.key === "Escape" && !list.hidden) {
    event.stopPropagation();
    open(false);
  }
});

// The fields beside it are written into it by the server.
$$("select[data-term]").forEach((select) => select.addEventListener("change", () => go({ q: field.value, [select.dataset.term]: select.value })));
$$("[data-column]").forEach((box) => box.addEventListener("change", () => go({ q: field.value, columns: $$("[data-column]").filter((one) => one.checked).map((one) => one.dataset.column).join(",") })));
form.addEventListener("submit", () => (field.value = field.value.trim()));
document.addEventListener("click", ({ target }) => {
  const bar = target.closest(".bars g[data-from]");
  if (bar) {
    const from = bar.dataset.from;
    const to = new Date(Date.parse(from) + Number(bar.dataset.step) - 1).toISOString();
    go({ q: `${field.value.replace(/(^|\s)created:\S+/g, "").trim()} created:${from.slice(0, 19)}Z..${to.slice(0, 19)}Z`.trim() });
  }
  if (target.closest("[data-share]")) navigator.clipboard?.writeText(location.href).then(() => toast("The address is copied"));
});

function go(changed) {
  const next = new URL(location.href);
  next.searchParams.delete("cursor");
  for (const [name, value] of Object.entries(changed)) value || !["q", "columns"].includes(name) ? next.searchParams.set(name, value) : next.searchParams.delete(name);
  location.assign(next);
}

// What has come since: it is counted, and nothing moves until it is asked for.
const fresh = $("#fresh");
const MOST = 100;
let [counting, again] = [false, false];
async function count() {
  const { since, q, first } = $("#list")?.dataset ?? {};
  if (!first || document.hidden) return;
  if (counting) return void (again = true);
  counting = true;
  const path = new URLSearchParams({ limit: MOST, ...(q && { q }), ...(since && { cursor: since }) });
  const answer = await api(`${v1}/jobs?${path}`).catch(() => null);
  const number = answer?.jobs?.length ?? 0;
  fresh.hidden = !number;
  fresh.textContent = `${number === MOST ? `${MOST} or more` : number} new`;
  setTimeout(() => {
    counting = false;
    if (again) [again] = [false, count()];
  }, 2_000);
}
fresh?.addEventListener("click", async () => {
  fresh.hidden = true;
  await refresh();
  $("#list a")?.focus({ preventScroll: true });
});

// Rows that have changed are read anew one by one; a row that the history knows later than the page waits.
const changed = new Set();
let reading = false;
async function readRows() {
  if (reading || document.hidden || !changed.size) return;
  reading = true;
  const ids = [...changed].slice(0, 60);
  ids.forEach((id) => changed.delete(id));
  const there = new URL(location.href);
  there.searchParams.set("ids", ids.join(","));
  const answer = await fetch(there, { headers: { "X-Regions": "rows" }, cache: "no-store" }).then((got) => (got.ok ? got.json() : {}), () => ({}));
  const found = document.createElement("template");
  found.innerHTML = answer.rows ?? "";
  for (const next of $$("tr[data-job]", found.content)) {
    const shown = $(`[data-region="rows"] tr[data-job="${CSS.escape(next.dataset.job)}"]`);
    if (!shown) continue;
    if (Number(next.dataset.v) < Number(shown.dataset.v)) changed.add(next.dataset.job);
    else put(shown, next);
  }
  setTimeout(() => ((reading = false), readRows()), 1_500);
}

function put(shown, next) {
  const picked = $("input[name='row']", shown)?.checked;
  for (const { name, value } of next.attributes) shown.setAttribute(name, value);
  morph(shown, next);
  const box = $("input[name='row']", shown);
  if (box) box.checked = picked;
}

addEventListener("callboard-frame", ({ detail: frame }) => {
  if (frame.type === "resync") {
    $$('[data-region="rows"] tr[data-job]').forEach((row) => changed.add(row.dataset.job));
    setTimeout(() => (count(), readRows()), frame.data?.reason === "opened" ? 2_500 : 400);
  } else if (frame.job) {
    if (["job:added", "job:rerun"].includes(frame.type)) setTimeout(count, 700);
    if (frame.type !== "job:progress" && $(`[data-region="rows"] tr[data-job="${CSS.escape(frame.job)}"]`)) {
      changed.add(frame.job);
      setTimeout(readRows, 700); // the history comes a moment after
    }
  }
});

// Rows that are selected, or all that match.
const bar = $("[data-selection]");
const matching = $("#select-matching");
const boxes = () => $$("[data-rows] input[name='row']");
function whole(is) {
  if (!bar) return;
  for (const button of $$("[data-bulk]", bar)) {
    button.toggleAttribute("data-all", is);
    if (is) button.dataset.q = matching.dataset.whole;
  }
  const pages = $(".pager a[rel='next'], .pager a[rel='prev']");
  const every = boxes().length > 0 && boxes().every((box) => box.checked);
  matching.hidden = is || !every || !pages;
  $("#selected-text").replaceChildren(...(is ? ["All that match are selected"] : [Object.assign(document.createElement("b"), { textContent: boxes().filter((box) => box.checked).length }), " selected"]));
}
document.addEventListener("change", ({ target }) => target.matches("[data-all-rows], input[name='row']") && whole(false));
document.addEventListener("callboard-region", () => whole(false));
matching?.addEventListener("click", () => whole(true));
$("#select-none")?.addEventListener("click", () => {
  boxes().forEach((box) => (box.checked = false));
  boxes()[0]?.dispatchEvent(new Event("change", { bubbles: true }));
});
$$("form[data-change]").forEach((change) => change.addEventListener("submit", () => {
  const { q } = $("[data-bulk='retry']", bar).dataset;
  bulk(change.dataset.change, q, { more: bodyOf(change), title: $("h2", change).textContent });
}));
