// <job-board queues="mail,excel-import">: how queues stand, what runs and what failed, to drop into a page of your own.

import { useJobUpdates } from "./jobs-client.js";

const STATES = ["waiting", "active", "delayed", "completed", "failed"];
const element = (name, text = "", children = []) => {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
};

export class JobBoard extends HTMLElement {
  static observedAttributes = ["queues"];
  #leave = null;

  connectedCallback() {
    this.#follow();
  }

  disconnectedCallback() {
    this.#leave?.();
    this.#leave = null;
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#follow();
  }

  #follow() {
    this.#leave?.();
    const queues = (this.getAttribute("queues") ?? "").split(",").map((name) => name.trim()).filter(Boolean);
    const updates = useJobUpdates({ queues });
    this.#leave = updates.subscribe(() => this.#show(updates.getSnapshot()));
    this.#show(updates.getSnapshot());
  }

  #show({ queueStats, activeJobs, failedJobs, isLoading, error }) {
    if (error || isLoading) return this.replaceChildren(element("p", error ?? "loading"));
    this.replaceChildren(this.#counts(queueStats), this.#list("Running", activeJobs), this.#list("Failed", failedJobs));
  }

  #counts(stats) {
    const head = element("thead", "", [element("tr", "", ["queue", ...STATES].map((name) => Object.assign(element("th", name), { scope: "col" })))]);
    const rows = Object.entries(stats).map(([queue, counts]) =>
      element("tr", "", [Object.assign(element("th", queue), { scope: "row" }), ...STATES.map((state) => element("td", String(counts[state] ?? 0)))]),
    );
    return element("table", "", [element("caption", "Queues"), head, element("tbody", "", rows)]);
  }

  #list(title, jobs) {
    const lines = jobs.map((job) => {
      const line = element("li", `${job.name} in ${job.queue}${job.status === "active" ? `, ${job.progress} %` : ""}${job.error ? `: ${job.error}` : ""}`);
      line.dataset.job = job.id;
      return line;
    });
    return element("section", "", [element("h3", `${title} (${jobs.length})`), element("ul", "", lines)]);
  }
}

customElements.define("job-board", JobBoard);
