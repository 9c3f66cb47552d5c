// <job-progress job="01J..." label="Import of readings">: how far a job is, for eyes and for screen readers.
// <job-progress shared="TOKEN">: the same by a signed link, for people without an account.

import { useJobProgress, useSharedProgress } from "./jobs-client.js";

export class JobProgress extends HTMLElement {
  static observedAttributes = ["job", "shared", "label"];
  #leave = null;

  connectedCallback() {
    this.setAttribute("role", "progressbar");
    this.setAttribute("aria-valuemin", "0");
    this.setAttribute("aria-valuemax", "100");
    this.bar ??= Object.assign(document.createElement("progress"), { max: 100 });
    this.text ??= document.createElement("span");
    this.replaceChildren(this.bar, " ", this.text);
    this.#follow();
  }

  disconnectedCallback() {
    this.#leave?.();
    this.#leave = null;
  }

  attributeChangedCallback() {
    if (this.isConnected && this.bar) this.#follow();
  }

  #follow() {
    this.#leave?.();
    const id = this.getAttribute("job");
    const token = this.getAttribute("shared");
    this.setAttribute("aria-label", this.getAttribute("label") ?? (token ? "Progress" : `Progress of job ${id}`));
    const followed = token ? useSharedProgress(token) : useJobProgress(id);
    this.#leave = followed.subscribe(() => this.#show(followed.getSnapshot()));
    this.#show(followed.getSnapshot());
  }

  #show({ jobStatus, isLoading, error }) {
    const words = error ?? (isLoading ? "loading" : (jobStatus?.status ?? "job not found"));
    const running = jobStatus?.status === "active";
    const step = running ? jobStatus.progressDetail.step : "";
    const shown = running ? `${jobStatus.progress} %${step ? `, ${step}` : ""}` : words;
    this.bar.value = jobStatus?.progress ?? 0;
    this.text.textContent = shown;
    this.setAttribute("aria-valuenow", String(jobStatus?.progress ?? 0));
    this.setAttribute("aria-valuetext", shown);
    this.dataset.status = jobStatus?.status ?? "";
    this.dispatchEvent(new CustomEvent("progress", { detail: jobStatus }));
  }
}

customElements.define("job-progress", JobProgress);
