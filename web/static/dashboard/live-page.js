// A page kept alive: frames change what shows a job or a queue in place, regions are fetched anew when frames concern them.

import { subscribe } from "../live-stores.js";

const live = document.getElementById("live");
const stale = document.getElementById("stale");
const topics = document.body.dataset.topics.split(",").filter(Boolean);
let [paused, leave, heardAt, state] = [false, null, Date.now(), "loading"];
const dirty = new Map(); // regions that wait to be fetched, and since when
const fetched = new Map(); // when each region was fetched last
let fetching = false;

export function start() {
  if (topics.length) resume();
  addEventListener("callboard-live", ({ detail }) => show(detail.state));
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  setInterval(tick, 1_000);
  live.addEventListener("click", toggle);
}

export function toggle() {
  paused = !paused;
  if (paused) [leave] = [leave?.()];
  else resume();
  show(paused ? "paused" : "loading");
}

// Fetch some regions anew now, all of them where none is named.
export function refresh(...names) {
  for (const region of document.querySelectorAll("[data-region]")) {
    if (!names.length || names.includes(region.dataset.region)) dirty.set(region.dataset.region, 0);
  }
  return flush();
}

function resume() {
  leave = subscribe(topics, hear);
}

function show(next) {
  if (next === "live" || (next === "away" && state === "live")) heardAt = Date.now();
  state = paused ? "paused" : next;
  live.dataset.state = state;
  live.querySelector("span").textContent =
    { live: "Live", waiting: "Reconnecting", away: "Stale", refused: "No live updates", paused: "Paused", loading: "Connecting" }[state] ?? state;
  live.setAttribute("aria-label", `${live.textContent.trim()}: pause and resume live updates`);
}

function hear(frame) {
  heardAt = Date.now();
  if (frame.job) for (const shown of document.querySelectorAll(`[data-job="${CSS.escape(frame.job)}"]`)) change(shown, frame);
  if (frame.type === "queue:stats") count(frame);
  for (const region of document.querySelectorAll("[data-region][data-on]")) {
    if (region.dataset.on.split(" ").some((type) => frame.type.startsWith(type))) mark(region.dataset.region);
  }
  dispatchEvent(new CustomEvent("callboard-frame", { detail: frame }));
}

// What shows a job takes the frame unless it knows a later one already.
export function change(shown, frame) {
  if (frame.v !== undefined) {
    if (frame.v < Number(shown.dataset.v ?? 0)) return;
    shown.dataset.v = frame.v;
  }
  const field = (name) => shown.querySelector(`[data-field="${name}"]`);
  if (frame.state && shown.dataset.state !== frame.state) {
    shown.dataset.state = frame.state;
    const badge = document.getElementById(`state-${frame.state}`);
    if (badge) field("state")?.replaceChildren(badge.content.cloneNode(true));
    field("reason")?.replaceChildren();
  }
  const bar = field("progress");
  const percent = frame.type === "job:completed" ? 100 : frame.type === "job:progress" ? (frame.data.percent ?? 0) : null;
  if (bar && percent !== null) {
    bar.hidden = false;
    bar.querySelector("progress").value = percent;
    bar.querySelector(".percent").textContent = `${Math.round(percent)} %`;
    if (frame.data?.step !== undefined) bar.querySelector(".step").textContent = frame.data.step ?? "";
  }
  const attempt = field("attempt");
  if (attempt && frame.data?.attempt) attempt.textContent = frame.data.attempt;
}

function count({ queue, data }) {
  for (const [name, number] of Object.entries(data.counts ?? data)) {
    const shown = document.querySelector(`[data-count="${CSS.escape(`${queue}:${name}`)}"]`);
    if (shown && typeof number === "number") shown.textContent = number.toLocaleString("en");
  }
}

function mark(name) {
  if (!dirty.has(name)) dirty.set(name, Date.now());
  setTimeout(flush, 60); // frames come in bunches
}

// Fetch those regions whose time between two fetches has passed, all in one request.
async function flush() {
  if (fetching || document.hidden) return;
  const now = Date.now();
  const due = [...dirty.keys()].filter((name) => {
    const region = document.querySelector(`[data-region="${name}"]`);
    return region && (dirty.get(name) === 0 || now - (fetched.get(name) ?? 0) >= 1_000 * Number(region.dataset.every ?? 2));
  });
  if (!due.length) return;
  due.forEach((name) => (dirty.delete(name), fetched.set(name, now)));
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Regions": due.join(",") }, cache: "no-store" });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    for (const [name, html] of Object.entries(await answer.json())) put(name, html);
    fresh();
  } catch (error) {
    due.forEach((name) => dirty.set(name, now));
    away(error);
  } finally {
    fetching = false;
  }
}

let awaySince = 0;
function away(error) {
  awaySince ||= Date.now();
  stale.hidden = false;
  stale.textContent = `What is shown is ${duration(Date.now() - awaySince)} old: ${error.message}. It is tried again by itself.`;
}

function fresh() {
  awaySince = 0;
  stale.hidden = true;
}

function put(name, html) {
  const region = document.querySelector(`[data-region="${name}"]`);
  const next = region.cloneNode(false);
  next.innerHTML = html;
  morph(region, next);
  times(region);
  region.dispatchEvent(new CustomEvent("callboard-region", { bubbles: true, detail: { name } }));
}

// Make `old` like `next` while what has not changed stays the element it is: focus, selection and open parts are kept.
export function morph(old, next) {
  const kept = new Map([...old.children].filter(key).map((child) => [key(child), child]));
  const fresh = [...next.childNodes];
  let at = old.firstChild;
  for (const want of fresh) {
    const known = want.nodeType === 1 && key(want) ? kept.get(key(want)) : null;
    if (known && known !== at) old.insertBefore(known, at);
    const have = known ?? at;
    if (have && same(have, want)) {
      at = have.nextSibling;
      if (have.nodeType !== 1) have.nodeValue !== want.nodeValue && (have.nodeValue = want.nodeValue);
      else if (!have.hasAttribute("data-keep")) {
        attributes(have, want);
        morph(have, want);
      }
    } else old.insertBefore(want, at);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

const key = (element) => element.id || element.dataset?.key || element.dataset?.job;
const same = (have, want) => have.nodeType === want.nodeType && have.nodeName === want.nodeName && (have.nodeType !== 1 || key(have) === key(want));

function attributes(have, want) {
  for (const { name, value } of [...want.attributes]) if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  for (const { name } of [...have.attributes]) {
    const ours = name === "open" || name === "aria-expanded" || name === "data-current";
    if (!want.hasAttribute(name) && !ours) have.removeAttribute(name);
  }
}

function tick() {
  if (document.hidden) return;
  times(document);
  for (const region of document.querySelectorAll("[data-region][data-poll]")) {
    const name = region.dataset.region;
    if (!fetched.has(name)) fetched.set(name, Date.now());
    if (!paused && Date.now() - fetched.get(name) >= 1_000 * Number(region.dataset.poll)) dirty.set(name, 0);
  }
  if (!paused && (dirty.size || awaySince)) flush();
  // The server sends something every fifteen seconds; who hears nothing of it is not told of it either.
  if (state === "waiting" || state === "away") live.querySelector("span").textContent = `Stale ${duration(Date.now() - heardAt, 1)}`;
}

function times(root) {
  for (const shown of root.querySelectorAll("time[data-time]")) {
    const at = Date.parse(shown.dateTime);
    const words = { rel: () => relative(at), since: () => duration(Date.now() - at) }[shown.dataset.time]?.();
    if (words && shown.textContent !== words) shown.textContent = words;
  }
}

// Durations and distances in time, in the words that the server uses too.
const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]];

export function duration(ms, parts = 2) {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000 && parts > 1) return `${(ms / 1_000).toFixed(1)} s`;
  const said = [];
  for (const [length, unit] of UNITS) {
    const number = Math.floor(ms / length);
    ms -= number * length;
    if (number) said.push(`${number} ${unit}`);
    if (said.length === parts || (said.length && !number)) break;
  }
  return said.join(" ");
}

export function relative(at) {
  const off = Date.now() - at;
  if (off < -1_000) return `in ${duration(-off, 1)}`;
  return off < 1_000 ? "now" : `${duration(off, 1)} ago`;
}
