// Begin a session with the token of the address or of the form; the token never stays in the address.

const form = document.getElementById("sign-in");
const refused = document.getElementById("refused");
const given = new URLSearchParams(location.hash.slice(1)).get("token") ?? new URLSearchParams(location.search).get("token")
  ?? new URLSearchParams(form.next.value.split("?")[1] ?? "").get("token");

async function begin(token) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(form.action, { method: "POST", headers, body: JSON.stringify({ token }) });
  if (answer.ok) return location.replace(whereTo());
  refused.textContent = (await answer.json().catch(() => ({}))).detail ?? answer.statusText;
  refused.hidden = false;
}

// The page that was asked for, if it is one of ours.
function whereTo() {
  const next = new URL(form.next.value || ".", location.href);
  next.searchParams.delete("token");
  return next.origin === location.origin ? next.href : new URL(".", location.href).href;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  begin(form.token.value.trim()).catch((error) => Object.assign(refused, { textContent: error.message, hidden: false }));
});
if (given) {
  history.replaceState(null, "", location.pathname);
  begin(given);
}
