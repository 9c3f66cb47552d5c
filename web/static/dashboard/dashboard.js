// What every page can do: act through the API, ask before harm, keys, the palette, rows that are selected, bulk acts.

import { api } from "../live-stores.js";
import { duration, refresh, start, toggle } from "./live-page.js";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const { mount, api: base, operator } = document.body.dataset;
const v1 = base.replace(/\/$/, "");
const LETTERS = Object.fromEntries($$("nav.side a[data-letter]").map((link) => [link.dataset.letter, link.href]));
const TYPE_ABOVE = 100; // above so many, the number is typed to confirm

export function toast(text, kind = "") {
  const shown = Object.assign(document.createElement("div"), { className: `toast ${kind}`, textContent: text });
  $("#toasts").append(shown);
  setTimeout(() => shown.remove(), kind === "bad" ? 12_000 : 5_000);
}

// Ask whether to go on; above a number of things that number is typed.
export function confirmed(title, text, { yes = "Go on", number = 0, danger = false } = {}) {
  const dialog = $("#ask");
  const typed = $("#ask-number input");
  $("#ask-title").textContent = title;
  $("#ask-text").textContent = text;
  Object.assign($("#ask-yes"), { textContent: yes, className: danger ? "primary danger" : "primary", disabled: number > TYPE_ABOVE });
  $("#ask-number").hidden = number <= TYPE_ABOVE;
  $("#ask-number b").textContent = String(number);
  typed.value = "";
  typed.oninput = () => ($("#ask-yes").disabled = typed.value.trim() !== String(number));
  dialog.returnValue = "";
  dialog.showModal();
  (number > TYPE_ABOVE ? typed : $("#ask-yes")).focus();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

// A call of the API by what was pressed: `data-act` the method, `data-href`, `data-body`, `data-confirm`, `data-done`, `data-then`.
export async function act(pressed) {
  const { act: method, href, body, confirm, done, then } = pressed.dataset;
  const danger = pressed.classList.contains("danger");
  if (confirm && !(await confirmed(pressed.textContent.trim(), confirm, { yes: pressed.textContent.trim(), danger }))) return;
  pressed.setAttribute("aria-busy", "true");
  try {
    const value = await api(href, { method, body: body && JSON.parse(body) });
    if (then) return location.assign(then.replace(/\{(\w+)\}/, (_, name) => encodeURIComponent(value?.[name] ?? "")));
    toast(told(done ?? "Done", value));
    reveal(value);
    refresh();
  } catch (error) {
    toast(error.message, "bad");
  } finally {
    pressed.removeAttribute("aria-busy");
  }
}

// What is shown once and never again: a new token, the secret of a webhook.
function reveal(value) {
  const secret = value?.token ?? value?.secret;
  if (!secret || !$("#secret")) return;
  $("#secret-text").textContent = $("#secret-copy").dataset.copy = secret;
  $("#secret").showModal();
  $("#secret").addEventListener("close", () => ($("#secret-text").textContent = $("#secret-copy").dataset.copy = ""), { once: true });
}

// A form as JSON: names in dots become objects, `data-type` number, json, list or ms tells the kind; what is empty is left out.
export function bodyOf(form) {
  const body = {};
  const set = (name, value) => {
    const path = name.split(".");
    path.slice(0, -1).reduce((inner, part) => (inner[part] ??= {}), body)[path.at(-1)] = value;
  };
  for (const field of $$("input[name], select[name], textarea[name]", form)) {
    const kind = field.dataset.type ?? field.type;
    if (field.disabled || (kind === "radio" && !field.checked)) continue;
    if (kind === "file" || kind === "files") {
      if (field.references?.length) set(field.name, kind === "file" ? field.references[0] : field.references);
      continue;
    }
    if (kind !== "checkbox" && field.value === "" && !field.hasAttribute("data-null")) continue;
    const value = kind === "checkbox" ? field.checked : field.value === "" ? null : typed(kind, field.value);
    set(field.name, value);
  }
  return body;
}

function typed(kind, text) {
  if (kind === "number") return Number(text);
  if (kind === "ms") return Math.round(Number(text) * 1_000);
  if (kind === "time") return new Date(text).toISOString();
  if (kind === "list") return text.split(",").map((word) => word.trim()).filter(Boolean);
  return kind === "json" ? JSON.parse(text) : text; // what is no JSON is told by the form
}

// Files are stored first; the job takes their references.
async function stored(form) {
  for (const field of $$("input[type='file']", form)) {
    const references = [];
    for (const file of field.files) {
      const body = new FormData();
      body.append("file", file);
      const answer = await fetch(`${v1}/files`, { method: "POST", body });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) throw Object.assign(new Error(told.detail ?? answer.statusText), { errors: [{ field: field.name, message: told.detail ?? answer.statusText }] });
      references.push(told.reference);
    }
    field.references = references;
  }
}

// The address of a form may have {names} of its fields, which then are not in its body.
function addressed(form, body) {
  return form.dataset.href.replace(/\{([\w.]+)\}/g, (_, name) => {
    const value = body[name] ?? "";
    delete body[name];
    return encodeURIComponent(value);
  });
}

// Words with {paths} of an answer: `{times.length} times`.
const told = (words, value) => words.replace(/\{([\w.]+)\}/g, (_, path) => path.split(".").reduce((inner, name) => inner?.[name], value) ?? "");

async function submit(form, submitter) {
  $$("[aria-invalid]", form).forEach((field) => field.removeAttribute("aria-invalid"));
  $$(".error", form).forEach((shown) => shown.remove());
  const button = $("button:not([type='button'])", form);
  button?.setAttribute("aria-busy", "true");
  try {
    await stored(form);
    const body = bodyOf(form);
    if (submitter?.name) body[submitter.name] = JSON.parse(submitter.value);
    const { act: method, done, then } = { ...form.dataset, ...submitter?.dataset };
    const value = await api(addressed(form, body), { method, body });
    if (then) return location.assign(then.replace(/\{(\w+)\}/, (_, name) => encodeURIComponent(value?.[name] ?? "")));
    toast(told(done ?? "Saved", value));
    form.closest("dialog")?.close();
    reveal(value);
    refresh();
  } catch (error) {
    (error.errors?.length ? error.errors : [{ field: "", message: error.message }]).forEach((told) => blame(form, told));
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

function blame(form, { field: name, message }) {
  const field = $$("[name]", form).find((one) => name && (one.name === name || name.startsWith(`${one.name}.`)));
  const shown = Object.assign(document.createElement("p"), { className: "error", textContent: field ? message : [name, message].filter(Boolean).join(": ") });
  shown.setAttribute("role", "alert");
  if (!field) return void form.append(shown);
  field.setAttribute("aria-invalid", "true");
  field.after(shown);
  field.focus();
}

// A bulk act on a search: counted, confirmed, done in the background, its progress told.
export async function bulk(verb, q, { limit, rate, more = {}, title = verb } = {}) {
  const body = { verb, q, ...more, ...(limit && { limit: Number(limit) }), ...(rate && { rate_per_s: Number(rate) }) };
  try {
    const { counts, options } = await api(`${v1}/bulk`, { method: "POST", body: { ...body, dry_run: true } });
    const count = options.total ?? counts.seen;
    if (!count) return toast("No job matches");
    const many = `${count.toLocaleString("en")} ${count === 1 ? "job" : "jobs"}`;
    if (!(await confirmed(`${title}: ${many}`, `${many} ${count === 1 ? "matches" : "match"} ${q || "everything"}.`, { yes: title, number: count, danger: /delete|cancel/.test(verb) }))) return;
    await follow(await api(`${v1}/bulk`, { method: "POST", body }), title);
  } catch (error) {
    toast(error.message, "bad");
  }
}

async function follow(started, title) {
  const shown = Object.assign(document.createElement("div"), { className: "toast" });
  const [text, stop] = [document.createElement("span"), Object.assign(document.createElement("button"), { textContent: "Stop", className: "small" })];
  stop.onclick = () => api(`${v1}/bulk/${started.id}`, { method: "DELETE" }).catch((error) => toast(error.message, "bad"));
  shown.append(text, " ", stop);
  $("#toasts").append(shown);
  for (let now = started; ; now = await api(`${v1}/bulk/${started.id}`)) {
    const { done, skipped, failed } = now.counts;
    const rest = [skipped && `${skipped} were in another state`, failed && `${failed} were refused`].filter(Boolean);
    const of = now.options.total === null ? "" : ` of ${now.options.total.toLocaleString("en")}`;
    text.textContent = [`${title}: ${done.toLocaleString("en")}${of}`, ...rest, now.state === "running" ? "" : now.state].filter(Boolean).join(", ");
    if (now.state !== "running") break;
    await new Promise((done) => setTimeout(done, 1_000));
  }
  stop.remove();
  setTimeout(() => shown.remove(), 8_000);
  refresh();
}

// Rows: j and k move, x selects, Enter opens, r c e press the row's own buttons.
let current = null;
const rows = () => $$("[data-rows] [data-job], [data-rows] [data-row]");
const lead = (row) => $("a[href]", row);

function move(by) {
  const all = rows();
  const at = all.indexOf(current);
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
  if (!next) return;
  current?.removeAttribute("data-current");
  current = next;
  next.dataset.current = "yes";
  lead(next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function selected() {
  const boxes = $$("[data-rows] input[type='checkbox'][name='row']");
  const bar = $("[data-selection]");
  const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
  if (bar) {
    bar.hidden = !chosen.length;
    $$("[data-selected]", bar).forEach((shown) => (shown.textContent = String(chosen.length)));
    $$("[data-bulk]:not([data-all])", bar).forEach((button) => (button.dataset.q = `id:${chosen.join(",")}`));
  }
  const all = $("[data-rows] input[data-all-rows]");
  if (all) [all.checked, all.indeterminate] = [chosen.length > 0 && chosen.length === boxes.length, chosen.length > 0 && chosen.length < boxes.length];
}

// The palette: pages, and by name queues, types and pipelines; an id or words search the jobs.
let places = null;
async function palette() {
  const [dialog, list, input] = [$("#palette"), $("#palette-list"), $("#palette input")];
  places = $$("nav.side ul a").map((link) => ({ name: link.innerText.split("\n")[0].trim(), kind: "page", href: link.href }));
  input.value = "";
  dialog.showModal();
  fill();
  input.oninput = fill;
  const found = await Promise.allSettled([api(`${v1}/queues`), api(`${v1}/types`)]);
  const [queues, types] = found.map(({ value }) => value);
  for (const { name } of queues?.queues ?? []) places.push({ name, kind: "queue", href: `${mount}queues/${encodeURIComponent(name)}` });
  for (const { type: name } of types?.types ?? []) places.push({ name, kind: "type", href: `${mount}jobs?q=${encodeURIComponent(`type:${name}`)}` });
  fill();
  function fill() {
    const text = input.value.trim().toLowerCase();
    const search = text ? [{ name: `Search jobs for ${input.value.trim()}`, kind: "search", href: `${mount}jobs?q=${encodeURIComponent(input.value.trim())}` }] : [];
    const fit = [...places.filter(({ name }) => name.toLowerCase().includes(text)).slice(0, 12), ...search];
    list.replaceChildren(...fit.map(({ name, kind, href }, at) => {
      const row = Object.assign(document.createElement("li"), { id: `found-${at}`, onclick: () => location.assign(href) });
      row.setAttribute("role", "option");
      row.dataset.href = href;
      row.append(name, Object.assign(document.createElement("small"), { textContent: kind }));
      return row;
    }));
    choose(0);
  }
  function choose(at) {
    const all = $$("li", list);
    all.forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
    input.setAttribute("aria-activedescendant", all[at]?.id ?? "");
    all[at]?.scrollIntoView({ block: "nearest" });
  }
  input.onkeydown = (event) => {
    const all = $$("li", list);
    const at = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose((at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
    } else if (event.key === "Enter" && all[at]) location.assign(all[at].dataset.href);
  };
}

function theme() {
  const next = { "": "light", light: "dark", dark: "" }[document.documentElement.dataset.theme ?? ""];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=strict`;
  toast(`Theme: ${next || "as the system"}`);
}

let jump = 0;
const PRESSED = {
  "/": () => ($("#q") ?? $("#search"))?.focus(),
  "?": () => $("#keys").showModal(),
  p: toggle,
  t: theme,
  n: () => operator && location.assign(`${mount}new`),
  g: () => (jump = Date.now()),
  j: () => move(1),
  k: () => move(-1),
  x: () => current && $("input[name='row']", current)?.click(),
  Enter: () => current && !document.activeElement?.closest("a, button, summary") && lead(current)?.click(),
};

function press(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return event.preventDefault(), palette();
  const typing = event.target.closest("input:not([type='checkbox']), textarea, select, dialog[open]");
  if (typing) return event.key === "Escape" && event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (Date.now() - jump < 1_500 && LETTERS[event.key]) return event.preventDefault(), location.assign(LETTERS[event.key]);
  const button = $(`[data-key="${CSS.escape(event.key)}"]:is(button, a)`, current ?? document) ?? $(`main [data-key="${CSS.escape(event.key)}"]:is(button, a)`);
  const does = PRESSED[event.key] ?? (button && (() => button.click()));
  if (does) {
    if (event.key !== "Enter") event.preventDefault();
    does();
  }
}

function click(event) {
  if (event.target.closest("[data-close]")) return event.target.closest("dialog").close();
  const pressed = event.target.closest("[data-act]:not(form), [data-bulk]:not(form), [data-copy], [data-open]");
  if (!pressed || pressed.getAttribute("aria-busy") === "true") return;
  const { copy, open, bulk: verb, q, limit, rate, more } = pressed.dataset;
  if (copy !== undefined) navigator.clipboard?.writeText(copy).then(() => toast("Copied"), (error) => toast(error.message, "bad"));
  else if (open !== undefined) document.getElementById(open).showModal();
  else if (verb) bulk(verb, q, { limit, rate, more: more && JSON.parse(more), title: pressed.textContent.trim() });
  else act(pressed);
}

addEventListener("keydown", press);
document.addEventListener("click", click);
document.addEventListener("submit", (event) => {
  const form = event.target;
  const { act: method, bulk: verb, q, title } = form.dataset;
  if (!method && !verb) return;
  event.preventDefault();
  if (method) return submit(form, event.submitter);
  bulk(verb, q, { more: bodyOf(form), title });
  form.closest("dialog")?.close();
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-all-rows]")) $$("[data-rows] input[name='row']").forEach((box) => (box.checked = target.checked));
  if (target.matches("[data-all-rows], input[name='row']")) selected();
  if (target.matches("select[data-go]")) location.assign(target.value);
});
document.addEventListener("callboard-region", selected);
$("#menu")?.addEventListener("click", ({ currentTarget }) => currentTarget.setAttribute("aria-expanded", String($("#side").classList.toggle("open"))));
$("#theme")?.addEventListener("click", theme);
$("#help")?.addEventListener("click", PRESSED["?"]);
document.addEventListener("click", ({ target }) => $$("details.menu[open]").forEach((menu) => menu.contains(target) || (menu.open = false)));
// Who has a session already keeps no token in the address that `callboard up` printed.
if (location.hash.startsWith("#token=")) history.replaceState(null, "", location.pathname + location.search);
start();

export { $, $$, api, duration, refresh, v1 };
