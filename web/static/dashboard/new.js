// A new job: the same call for elsewhere is kept up while the form is filled in, and becomes an address to share.

import { $, $$, bodyOf, toast } from "./dashboard.js";

const form = $("#new");
const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`);
const FLAGS = [["priority", "--priority"], ["unique_key", "--key"], ["fairness_key", "--fairness"]];

function body() {
  try {
    return bodyOf(form);
  } catch {
    return null; // JSON that is half typed
  }
}

// A text that the command would read as something else is written as JSON.
function word(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

const WRITE = {
  curl: (call) => `curl -X POST "$CALLBOARD_URL/api/v1/jobs" -H "Authorization: Bearer $CALLBOARD_TOKEN" \\\n  -H 'Content-Type: application/json' -d ${quote(JSON.stringify(call))}`,
  Command: ({ type, args = {}, tags = [], delay_ms: delay, run_at: at, ...options }) =>
    ["callboard enqueue", type, ...Object.entries(args).map(([name, value]) => quote(`${name}=${word(value)}`)),
      ...FLAGS.flatMap(([name, flag]) => (options[name] ? [flag, quote(String(options[name]))] : [])),
      ...tags.flatMap((tag) => ["--tag", quote(tag)]), ...(delay ? ["--delay", `${delay / 1_000}s`] : []), ...(at ? ["--at", at] : [])].join(" "),
  Python: null,
};

function keepUp() {
  const call = body();
  if (!call) return;
  for (const shown of $$("[data-way]")) {
    const text = WRITE[shown.dataset.way]?.(call);
    if (!text) continue;
    shown.textContent = text;
    $("[data-copy]", shown.parentElement).dataset.copy = text;
  }
  const schedule = $("#schedule");
  if (schedule) schedule.href = addressed(schedule.href, { type: call.type, args: JSON.stringify(call.args ?? {}) });
}

function addressed(href, values) {
  const address = new URL(href, location.href);
  address.search = new URLSearchParams(values);
  return address.href;
}

form.addEventListener("input", keepUp);
keepUp();
$("#template").addEventListener("click", async () => {
  const { type, args = {}, priority, attempts, unique_key, fairness_key, tags } = body() ?? {};
  if (!type) return toast("Some of the JSON cannot be read yet", "bad");
  const kept = { type, args: JSON.stringify(args), priority, attempts, unique_key, fairness_key, tags: tags?.join(",") };
  const address = addressed(location.pathname, Object.fromEntries(Object.entries(kept).filter(([, value]) => value)));
  history.replaceState(null, "", address);
  await navigator.clipboard?.writeText(address).catch(() => {});
  toast("The address with these values is copied: it is the template");
});
$("#type")?.addEventListener("change", ({ target }) => target.form.submit());
