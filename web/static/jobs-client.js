// Jobs in a web page: the hooks of the paper manager and of MESSAi as stores without a framework, and <job-progress>.
// In React: const { jobStatus } = useSyncExternalStore(s.subscribe, s.getSnapshot) with s = useMemo(() => useJobProgress(id), [id]).

import { api, configure, store, subscribe } from "./live-stores.js";

export { api, configure, subscribe };

const FINAL = ["completed", "failed", "cancelled"];
const MOST = 50;
const enc = encodeURIComponent;

// Progress as the pages of both systems show it.
function detail(progress) {
  const { percent = 0, step, done, total, eta_ms } = progress ?? {};
  return { percentage: percent, step, current: done, total, etaMs: eta_ms };
}

// Whether a frame is later than what is known of a job; a late or doubled one must not move a state back.
const newer = (known, frame) => !known || frame.v > (known.version ?? 0);

function asJob(job) {
  return {
    id: job.id,
    jobId: job.id,
    name: job.type,
    queue: job.queue,
    status: job.state,
    version: job.version,
    progress: job.state === "completed" ? 100 : Math.round(job.progress?.percent ?? 0),
    progressDetail: detail(job.progress),
    attempts: job.attempt,
    error: job.state === "failed" ? (job.errors?.at(-1)?.failure?.message ?? job.errors?.at(-1)?.message ?? "failed") : undefined,
    createdAt: job.enqueued_at,
    updatedAt: job.finished_at ?? job.started_at ?? job.enqueued_at,
  };
}

function changed(job, frame) {
  const next = { ...job, version: frame.v, status: frame.state ?? job.status, updatedAt: frame.at };
  if (frame.type === "job:progress") {
    next.progress = Math.round(frame.data.percent ?? 0);
    next.progressDetail = detail(frame.data);
  }
  if (frame.type === "job:completed") next.progress = 100;
  next.error = frame.type === "job:failed" ? (frame.data.message ?? "failed") : undefined;
  return next;
}

async function loadJob(id) {
  try {
    const job = asJob(await api(`/api/v1/jobs/${enc(id)}`));
    if (job.status === "completed") job.result = (await api(`/api/v1/jobs/${enc(id)}/result`)).result;
    return job;
  } catch (error) {
    if (error.status === 404) return null; // "job not found" is what the page says when there is none
    throw error;
  }
}

// The progress of a job by the token of a signed link (POST /api/v1/jobs/{id}/share): asked for every two seconds.
export function useSharedProgress(token) {
  const listeners = new Set();
  let [value, timer] = [{ jobStatus: null, isLoading: true, error: null }, 0];
  const look = async () => {
    try {
      const job = await api(`/api/v1/shared/${enc(token)}`);
      value = { jobStatus: { ...asJob(job), error: job.error ?? undefined }, isLoading: false, error: null };
    } catch (error) {
      value = { ...value, isLoading: false, error: error.message };
    }
    listeners.forEach((listener) => listener());
    clearTimeout(timer);
    if (listeners.size && !FINAL.includes(value.jobStatus?.status)) timer = setTimeout(look, value.error ? 10_000 : 2_000);
  };
  return {
    getSnapshot: () => value,
    refresh: look,
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) look();
      return () => {
        listeners.delete(listener);
        if (!listeners.size) clearTimeout(timer);
      };
    },
  };
}

function jobStore(id, name, more = () => ({})) {
  const shape = (job) => ({ [name]: job, ...more(job) });
  const reduce = (value, frame, refresh) => {
    const known = value[name];
    if (!known || frame.type === "job:log" || !newer(known, frame)) return value;
    if (frame.type === "job:completed" || frame.type === "job:state") refresh?.(); // its result is not in the frame
    return { ...value, ...shape(changed(known, frame)) };
  };
  const initial = { ...shape(null), isLoading: true, error: null };
  return store(`job:${id}`, initial, async (value) => {
    const job = await loadJob(id);
    return job && value[name] && job.version < value[name].version ? {} : shape(job);
  }, reduce);
}

// S1: { jobStatus: { jobId, status, progress, error, result } | null, isLoading, error }
export function useJobProgress(jobId) {
  return jobStore(jobId, "jobStatus");
}

// S2: { job, progress: { percentage, step, ... } | null, retry }
export function useJobMonitor(queue, jobId) {
  const retry = () => api(`/api/v1/jobs/${enc(jobId)}/retry`, { method: "POST" });
  const monitored = jobStore(jobId, "job", (job) => ({ progress: job && job.progressDetail, queue, retry }));
  return { ...monitored, retry };
}

// S1: { createAnalysisJob(paperId, providers), queueStatus: { waiting, active, ... }, isHealthy, isLoading, error }
export function useBackgroundJobs() {
  let due = 0;
  const load = async () => {
    const [queueStatus, health] = await Promise.all([api("/api/jobs"), api("/api/jobs/health")]);
    return { queueStatus, isHealthy: Boolean(health?.healthy) };
  };
  const createAnalysisJob = async (paperId, providers) => {
    const body = { type: "ai-analysis", paperId, providers };
    return (await api("/api/jobs", { method: "POST", body })).jobId;
  };
  // Counts of all queues together are asked for, at most once in two seconds.
  const reduce = (value, frame, refresh) => {
    if (refresh && frame.type === "queue:stats" && !due) {
      due = setTimeout(() => ((due = 0), refresh()), 2_000);
    }
    return value;
  };
  const initial = { createAnalysisJob, queueStatus: null, isHealthy: false, isLoading: true, error: null };
  return { ...store("home", initial, load, reduce), createAnalysisJob };
}

// S2: { activeJobs, failedJobs, queueStats: { queue: counts } } of some queues, of all where none is named
export function useJobUpdates({ queues = [] } = {}) {
  const slugs = queues.map((queue) => queue.toLowerCase().replaceAll("_", "-"));
  const ours = (queue) => !slugs.length || slugs.includes(queue);
  const load = async () => {
    const seen = await api("/api/jobs?view=overview");
    const stats = seen.queues.filter(({ name }) => ours(name)).map(({ name, ...counts }) => [name, counts]);
    const jobs = (list) => list.filter(({ queue }) => ours(queue));
    return { queueStats: Object.fromEntries(stats), activeJobs: jobs(seen.activeJobs), failedJobs: jobs(seen.failedJobs) };
  };
  const reduce = (value, frame) => {
    if (frame.type === "queue:stats") {
      return { ...value, queueStats: { ...value.queueStats, [frame.queue]: frame.data } };
    }
    return frame.job && frame.state ? moved(value, frame) : value;
  };
  const topics = slugs.length ? slugs.map((slug) => `queue:${slug}`) : ["home"];
  const initial = { activeJobs: [], failedJobs: [], queueStats: {}, isLoading: true, error: null };
  return store(topics, initial, load, reduce);
}

function moved(value, frame) {
  const lists = { active: value.activeJobs, failed: value.failedJobs };
  const known = [...lists.active, ...lists.failed].find(({ id }) => id === frame.job);
  if (known && !newer(known, frame)) return value;
  const job = changed(known ?? { id: frame.job, jobId: frame.job, name: frame.job_type, queue: frame.queue }, frame);
  for (const state of Object.keys(lists)) {
    const others = lists[state].filter(({ id }) => id !== frame.job);
    lists[state] = frame.state === state ? [job, ...others].slice(0, MOST) : others;
  }
  return { ...value, activeJobs: lists.active, failedJobs: lists.failed };
}

export const isFinal = (status) => FINAL.includes(status);
