// The tail of events: whenever something has happened, what is new is fetched and put on top, at most so many rows.

import { $, $$, api } from "./dashboard.js";

const [tail, body, mount] = [$("#tail"), $("#events"), document.body.dataset.mount];
const waiting = []; // rows that are not shown yet
let [newest, held, hovered, due, busy] = [tail?.dataset.newest ?? "", false, false, 0, false];

// What has happened is asked for once more after the last frame: the answer may be a second old.
addEventListener("callboard-frame", () => (due = 2));
setInterval(() => due && !busy && !document.hidden && (due--, fetchNew()), 1_000);

async function fetchNew() {
  busy = true;
  const { types, job, queue, log } = tail.dataset;
  const asked = new URLSearchParams({ limit: 500, ...(newest && { after: newest }), ...(types && { types }), ...(job && { job }), ...(queue && { queue }) });
  try {
    const told = await api(`${log}?${asked}`);
    if (!told.newest) return;
    newest = told.newest;
    $("#rate").textContent = told.per_second.toLocaleString("en", { maximumSignificantDigits: 3 });
    $("#last").textContent = newest;
    waiting.unshift(...told.events);
    waiting.length = Math.min(waiting.length, Number(tail.dataset.most));
    show();
  } catch {
    due = 2; // the frame of the page tells that it is not live
  } finally {
    busy = false;
  }
}

function show(now = !held && !hovered) {
  $("#held").hidden = now || !waiting.length;
  $("#held-count").textContent = waiting.length;
  if (!now || !waiting.length) return;
  body.prepend(...waiting.splice(0).map(row));
  $("#no-events").hidden = true;
  for (const old of $$("tr", body).slice(Number(tail.dataset.most))) old.remove();
}

const make = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);

function row(event) {
  const shown = make("tr", "", { className: event.type.replace(":", "-") });
  Object.assign(shown.dataset, { row: "", key: event.id });
  const cells = Array.from({ length: 5 }, () => make("td"));
  const link = new URL(location.href);
  link.searchParams.set("at", event.id);
  cells[0].append(make("a", event.at.slice(11, 23), { className: "mono", href: link.href, title: event.id }));
  cells[1].append(make("span", event.type, { className: "event" }));
  const [kind, id] = event.job ? ["jobs", event.job] : event.flow ? ["flows", event.flow] : [];
  if (kind) {
    const about = kind === "jobs" ? event.job_type || "job" : "flow";
    cells[2].append(make("a", about, { href: `${mount}${kind}/${encodeURIComponent(id)}` }), " ", make("code", id.slice(-8), { className: "dim", title: id }));
  } else cells[2].textContent = event.schedule ?? event.worker ?? event.subject ?? "";
  cells[3].textContent = event.queue ?? "";
  const text = summary(event.data);
  cells[4].className = "cut whole";
  cells[4].append(make("small", text, { title: text }));
  shown.append(...cells);
  return shown;
}

const empty = (value) => value === null || value === "" || (typeof value === "object" && !Object.keys(value).length);
const summary = (data) => Object.entries(data ?? {}).filter(([, value]) => !empty(value)).map(([name, value]) => `${name} ${short(value)}`).join(", ").slice(0, 300);

function short(value) {
  if (Array.isArray(value)) return value.length > 3 ? `[${value.length}]` : `[${value.map(short).join(", ")}]`;
  if (value && typeof value === "object") return `{${Object.entries(value).slice(0, 6).map(([name, inner]) => `${name} ${short(inner)}`).join(", ")}}`;
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value).slice(0, 80);
}

// Nothing moves under the pointer, nor under the focus.
if (body) {
  const over = (is) => () => ((hovered = is), show());
  body.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && over(true)());
  body.addEventListener("pointerleave", over(false));
  body.addEventListener("focusin", over(true));
  body.addEventListener("focusout", over(false));
  $("#show-held").addEventListener("click", () => show(true));
  $("#hold").addEventListener("click", ({ currentTarget }) => {
    held = !held;
    currentTarget.setAttribute("aria-pressed", String(held));
    currentTarget.querySelector("span").textContent = held ? "Go on" : "Pause";
    show();
  });
}
