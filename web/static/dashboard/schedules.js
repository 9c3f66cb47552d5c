// What a cron expression means while it is typed: in words, with its next times.

import { $, $$, api } from "./dashboard.js";

for (const form of $$("form[data-preview]")) {
  const [cron, zone, shown] = [$("[name='cron']", form), $("[name='zone']", form), $("[data-preview-shown]", form)];
  let due = 0;
  const look = async () => {
    if (!cron.value.trim()) return void (shown.textContent = "");
    const query = new URLSearchParams({ cron: cron.value.trim(), tz: zone.value.trim() || "UTC" });
    try {
      const { words, runs } = await api(`${form.dataset.preview}?${query}`);
      const next = runs.map(({ at, note }) => `${at.slice(0, 16).replace("T", " ")}${note ? ` (${note})` : ""}`);
      shown.textContent = `${words}. Next: ${next.join(", ")}`;
    } catch (error) {
      shown.textContent = error.message;
    }
  };
  for (const field of [cron, zone]) field.addEventListener("input", () => (clearTimeout(due), (due = setTimeout(look, 250))));
  look();
}
