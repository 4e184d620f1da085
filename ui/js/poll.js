// Live state: an element with data-poll="URL" asks that URL every two seconds,
// for ten minutes. The answer is a word; while it equals data-state nothing
// happens, else the page is loaded anew. A page nobody looks at does not ask.
{
  const interval = 2000;
  const patience = 10 * 60 * 1000;

  for (const element of document.querySelectorAll("[data-poll]")) {
    const ask = async () => {
      if (document.hidden) {
        return;
      }
      const answer = await fetch(element.dataset.poll, { cache: "no-store", redirect: "error" });
      const state = answer.ok ? (await answer.text()).trim() : element.dataset.state;
      if (state !== element.dataset.state) {
        clearInterval(timer);
        location.reload();
      }
    };
    const timer = setInterval(() => ask().catch(() => {}), interval);
    setTimeout(() => clearInterval(timer), patience);
  }
}
