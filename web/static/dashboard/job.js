// One job: its progress as it comes, its log as it is written, a word when it ends, a link to share.

import { $, api, bodyOf, duration, toast, v1 } from "./dashboard.js";

const { job: id } = $("#job").dataset;
const path = `${v1}/jobs/${encodeURIComponent(id)}`;
const log = $("#log");
const RANK = { debug: 0, info: 1, warning: 2, error: 3, critical: 4 };
const LINES = 5_000;

let last = null;
function progress({ percent, step, done, total, eta_ms: eta }) {
  if (!$("#bar")) return;
  const now = { done, at: performance.now() };
  $("#bar").value = percent ?? 0;
  $("#percent").textContent = `${Math.round(percent ?? 0)} %`;
  $("#step").textContent = step ?? "";
  $("#done").textContent = total ? `${number(done)} of ${number(total)}` : "";
  $("#eta").textContent = typeof eta === "number" ? `${duration(eta, 1)} left` : "";
  if (last && total && done > last.done && now.at > last.at) $("#rate").textContent = `${number(((done - last.done) * 1_000) / (now.at - last.at))} a second`;
  last = now;
}
const number = (value) => Number(value).toLocaleString("en", { maximumSignificantDigits: value < 100 ? 3 : 21, maximumFractionDigits: 1 });

// Lines come from the API in their order: a frame only tells that there are some.
let [reading, more] = [false, false];
async function tail() {
  if (!log) return;
  if (reading) return void (more = true);
  reading = true;
  const answer = await api(`${path}/logs?after=${log.dataset.next}`).catch(() => null);
  if (answer) {
    log.dataset.next = answer.next;
    log.append(...answer.lines.map(line));
    while (log.children.length > LINES) log.firstElementChild.remove();
    $("#no-log").hidden = log.children.length > 0;
    if (answer.lines.length && $("#follow")?.checked) log.scrollTop = log.scrollHeight;
  }
  setTimeout(() => {
    reading = false;
    if (more) [more] = [false, tail()];
  }, 300);
}

function line({ at_ms: at, level = "info", message }) {
  const row = Object.assign(document.createElement("li"), { className: level in RANK ? level : "info" });
  const time = Object.assign(document.createElement("span"), { textContent: at ? new Date(at).toISOString().slice(0, 19).replace("T", " ") : "" });
  row.append(time, " ", Object.assign(document.createElement("b"), { textContent: level }), ` ${message}`);
  return row;
}

$("#level")?.addEventListener("change", ({ target }) => (log.dataset.level = target.value));

// A notification of the browser when it ends, for who has asked for one.
let watching = false;
document.addEventListener("click", async ({ target }) => {
  if (!target.closest("#watch")) return;
  watching = !("Notification" in globalThis) || (await Notification.requestPermission()) === "granted";
  toast(watching ? "You are told when it ends, as long as this page is open" : "This browser does not allow notifications", watching ? "" : "bad");
});
const ENDS = { "job:completed": "is completed", "job:failed": "has failed", "job:cancelled": "was cancelled" };

addEventListener("callboard-frame", ({ detail: frame }) => {
  if (frame.type === "resync") return void tail();
  if (frame.job !== id) return;
  if (frame.type === "job:progress") progress(frame.data);
  else if (frame.type === "job:log") tail();
  if (watching && ENDS[frame.type]) {
    const words = `${$("h1").textContent.trim()} ${ENDS[frame.type]}`;
    "Notification" in globalThis ? new Notification("Callboard", { body: words, tag: id }) : toast(words);
    watching = false;
  }
});

$("#share-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = $("#shared-link");
  try {
    const { url } = await api(`${path}/share`, { method: "POST", body: bodyOf(event.target) });
    field.value = new URL(url, location.origin).href;
    $("#shared").hidden = false;
    field.select();
    await navigator.clipboard?.writeText(field.value).then(() => toast("The link is copied"), () => {});
  } catch (error) {
    toast(error.message, "bad");
  }
});

// `#edit` of the address, or `e` in a list, opens the form.
if (location.hash === "#edit") $("#edit")?.showModal();
