// What a page shows, kept up by frames: stores with `subscribe` and `getSnapshot`, as React's useSyncExternalStore asks.

const RESYNC = { type: "resync", data: { reason: "shown" } };
const watchers = new Map();
const options = { base: "", headers: {}, shared: true };
let link = null; // one connection for all pages of a browser, where there are shared workers

// Call it before anything else: `base` of the API, `headers` of each request (then the page has a connection of its own).
export function configure(given) {
  Object.assign(options, given);
  if (Object.keys(options.headers).length || options.base) options.shared = false;
}

// Have `callback` called with each frame of some topics, and with a `resync` when what is shown must be fetched anew.
export function subscribe(topics, callback) {
  const watcher = { topics: [topics].flat(), callback };
  watchers.set(watcher, watcher);
  update();
  return () => {
    watchers.delete(watcher);
    update();
  };
}

export async function api(path, { method = "GET", body } = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(options.base + path, { method, headers, body: body && JSON.stringify(body) });
  const value = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok || answer.status === 503) return value;
  const { detail, error, errors } = value ?? {};
  throw Object.assign(new Error(detail ?? error ?? answer.statusText), { status: answer.status, errors });
}

async function open() {
  const hear = ({ frame, state, status }) => (frame ? deliver(frame) : notice(state, status));
  if (options.shared && globalThis.SharedWorker) {
    const worker = new SharedWorker(new URL("./live-connection.js", import.meta.url), { type: "module" });
    worker.port.onmessage = ({ data }) => hear(data);
    addEventListener("pagehide", () => worker.port.postMessage({ bye: true }));
    addEventListener("pageshow", ({ persisted }) => persisted && update());
    return { want: (topics) => worker.port.postMessage({ watch: topics }) };
  }
  const { LiveConnection } = await import("./live-connection.js");
  const onState = (state, status) => hear({ state, status });
  return new LiveConnection({ ...options, onFrame: (frame) => hear({ frame }), onState });
}

function update() {
  link ??= open();
  link.then((opened) => {
    const hidden = globalThis.document?.hidden;
    opened.want(hidden ? [] : [...new Set([...watchers.values()].flatMap(({ topics }) => topics))]);
  });
}

function deliver(frame) {
  for (const { topics, callback } of [...watchers.values()]) {
    if (frame.type === "resync" || topics.some((topic) => concerns(topic, frame))) callback(frame);
  }
}

function notice(state, status) {
  dispatchEvent(new CustomEvent("callboard-live", { detail: { state, status } }));
}

// Which jobs belong to a flow only the server knows: who watches one hears of all jobs that come over the connection.
function concerns(topic, frame) {
  const [kind, name] = [topic.split(":", 1)[0], topic.slice(topic.indexOf(":") + 1)];
  if (kind === "home") return frame.type !== "job:log";
  if (kind === "flow") return frame.flow === name || frame.job !== undefined;
  return frame[kind] === name && (kind === "job" || frame.type !== "job:log");
}

globalThis.document?.addEventListener("visibilitychange", () => {
  if (!watchers.size) return;
  update();
  if (!document.hidden) deliver(RESYNC);
});

// A store whose value is loaded by `load`, changed by `reduce(value, frame)`, and loaded anew after a resync.
export function store(topics, initial, load, reduce) {
  const listeners = new Set();
  let [value, leave, loading, again, early] = [initial, null, false, false, null];
  const set = (changed) => {
    if (changed === value) return;
    value = changed;
    listeners.forEach((listener) => listener());
  };
  const refresh = async () => {
    if (loading) return void (again = true);
    loading = true;
    const held = [];
    early = held;
    try {
      const loaded = await load(value);
      early = null;
      // What came while it was loaded is told again: only what is newer changes anything.
      set(held.reduce((kept, frame) => reduce(kept, frame), { ...value, ...loaded, isLoading: false, error: null }));
    } catch (error) {
      set({ ...value, isLoading: false, error: error.message });
    }
    [early, loading] = [null, false];
    if (again) {
      again = false;
      setTimeout(refresh, 1_000);
    }
  };
  const hear = (frame) => {
    if (frame.type === "resync") return void refresh();
    early?.push(frame);
    set(reduce(value, frame, refresh));
  };
  return {
    getSnapshot: () => value,
    refresh,
    subscribe(listener) {
      listeners.add(listener);
      if (!leave) {
        leave = subscribe(topics, hear);
        refresh();
      }
      return () => {
        listeners.delete(listener);
        if (!listeners.size) [leave] = [leave?.()];
      };
    },
  };
}
