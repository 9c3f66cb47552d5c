// One job by a signed link: its progress as it comes; when its state changes, this part of the page is fetched anew.

const place = document.querySelector("[data-region='mine']");
const $ = (selector) => place.querySelector(selector);
const { call } = place.dataset;
let [source, state, timer, sure] = [null, null, 0, false];

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { "X-Regions": "mine" }, cache: "no-store" });
    if (!answer.ok) return location.reload();
    place.innerHTML = (await answer.json()).mine;
    follow();
  } catch {
    later(5_000); // the server is away; it is tried again
  }
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(look, ms);
}

const over = () => ["completed", "failed", "cancelled"].includes($("#mine")?.dataset.state);

function follow() {
  state = $("#mine")?.dataset.state;
  if (over()) return void source?.close();
  later(15_000); // places and estimates, and what the stream may have missed
  if (source || !call) return;
  source = new EventSource(`${call}/stream`);
  source.onmessage = ({ data }) => hear(JSON.parse(data));
  source.onopen = () => ($("#heard").textContent = "It is kept up to date.");
  source.onerror = () => source.readyState === EventSource.CLOSED && ((source = null), later(5_000));
}

function hear(frame) {
  if (frame.type !== "job:progress" || !$("#bar")) return later(200);
  const { percent, step } = frame.data;
  $("#bar").value = percent ?? 0;
  $("#percent").textContent = `${Math.round(percent ?? 0)} %`;
  $("#step").textContent = step ?? "";
}

place.addEventListener("click", async ({ target }) => {
  const button = target.closest("#cancel");
  if (!button) return;
  if (!sure) return void ((sure = true), (button.lastChild.textContent = " Press again to cancel it"));
  await fetch(`${call}/cancellation`, { method: "PUT", headers: { Accept: "application/json" } }).catch(() => null);
  look();
});
follow();
if (!call) later(5_000);
