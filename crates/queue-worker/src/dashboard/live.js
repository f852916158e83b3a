// Asks before something is gone for good, and keeps the numbers of an open page fresh: what is
// inside `main` is fetched again every few seconds, while the page can be seen and nobody is about
// to press a button in it.
"use strict";
setInterval(async () => {
  const main = document.querySelector("main[data-live]");
  if (!main || document.hidden || main.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = answer.ok && fresh.querySelector("main[data-live]");
    if (!next) main.dataset.stale = "";
    if (next && !main.contains(document.activeElement)) main.replaceWith(next);
  } catch {
    main.dataset.stale = "";
  }
}, 3000);
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
