// One stream of server-sent events: read with fetch, so that headers and answers are in our hands, resumed by id.

const LONGEST_WAIT_MS = 30_000;
const resync = (reason) => ({ type: "resync", data: { reason } });

export class LiveConnection {
  #topics = "";
  #lastId = "";
  #abort = null;
  #timer = 0;
  #waitMs = 0;

  // onFrame gets each envelope; onState "live", "waiting" (for the board), "away" (its server is), or "refused" (with the
  // status).
  constructor({ base = "", headers = {}, onFrame, onState = () => {} }) {
    Object.assign(this, { base, headers, onFrame, onState });
  }

  // Watch these topics from now on; none ends the connection.
  want(topics) {
    const wanted = [...new Set(topics)].sort().join(",");
    if (wanted === this.#topics) return;
    this.#topics = wanted;
    if (!wanted) this.#lastId = ""; // who comes back later fetches anew
    this.#restart(20); // stores of a page come one by one
  }

  #restart(afterMs) {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    if (this.#topics) this.#timer = setTimeout(() => this.#open(), afterMs);
  }

  async #open() {
    const abort = (this.#abort = new AbortController());
    const resume = this.#lastId ? { "Last-Event-ID": this.#lastId } : {};
    let waitMs = 2_000;
    try {
      const answer = await fetch(`${this.base}/api/v1/events?topics=${encodeURIComponent(this.#topics)}`, {
        headers: { Accept: "text/event-stream", ...this.headers, ...resume },
        signal: abort.signal,
        cache: "no-store",
      });
      if ([401, 403, 421, 422].includes(answer.status)) return this.onState("refused", answer.status);
      if (answer.ok) {
        this.onState("live");
        // What happened between a page's first look and now came to nobody; from here on nothing is missed.
        if (!resume["Last-Event-ID"]) this.onFrame(resync("opened"));
        this.#waitMs = 0;
        await this.#read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
      } else {
        waitMs = 1_000 * Number(answer.headers.get("Retry-After") || 5);
      }
    } catch {
      // the connection broke, or was ended by us
    }
    if (abort.signal.aborted) return;
    this.onState("waiting");
    this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(waitMs, this.#waitMs * 2));
    this.#restart(this.#waitMs * (0.75 + Math.random() / 2));
  }

  async #read(reader) {
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) this.#take(line);
    }
  }

  #hear(frame) {
    if (frame.type === "live:away") return this.onState("away");
    if (frame.type !== "live:back") return this.onFrame(frame);
    this.onState("live");
    this.onFrame(resync("back"));
  }

  #take(line) {
    if (line.startsWith("id: ")) this.#lastId = line.slice(4);
    else if (line.startsWith("data: ")) this.#hear(JSON.parse(line.slice(6)));
  }
}

// As a shared worker: the one connection of all pages of a browser. Each page says what it watches, every frame goes to
// all that watch. Who joins is told how it stands, and to fetch anew what happened since it was made.
function serve() {
  const pages = new Map();
  let stand = null;
  const tell = (message) => pages.forEach((topics, port) => topics.length && port.postMessage(message));
  const connection = new LiveConnection({
    base: new URL("..", self.location.href).href.replace(/\/$/, ""),
    onFrame: (frame) => tell({ frame }),
    onState: (state, status) => tell((stand = { state, status })),
  });
  const join = (port, topics) => {
    const joins = topics.length && !pages.get(port)?.length && [...pages.values()].some(({ length }) => length);
    pages.set(port, topics);
    if (joins && stand) [stand, { frame: resync("joined") }].forEach((message) => port.postMessage(message));
  };
  self.onconnect = ({ ports: [port] }) => {
    pages.set(port, []);
    port.onmessage = ({ data }) => {
      if (data.bye) pages.delete(port);
      else join(port, data.watch);
      connection.want([...pages.values()].flat());
    };
  };
}

if (globalThis.SharedWorkerGlobalScope) serve();
