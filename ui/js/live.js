// Live progress: an element with data-live="URL" asks that URL every two
// seconds how far something is, while somebody looks. A screen reader hears it
// three times a minute. When it has ended the page is loaded anew.
{
  const interval = 2000;
  const speakEvery = 20000;

  for (const element of document.querySelectorAll("[data-live]")) {
    const bar = element.querySelector("progress");
    const words = element.querySelector("[data-live-words]");
    const said = element.querySelector("[data-live-said]");
    let spoken = Date.now();

    const ask = async () => {
      if (document.hidden) {
        return;
      }
      const answer = await fetch(element.dataset.live, { cache: "no-store", redirect: "error" });
      if (!answer.ok) {
        return;
      }
      const now = await answer.json();
      if (!now.words) {
        clearInterval(timer);
        location.reload();
        return;
      }
      words.textContent = now.words;
      if (now.total) {
        bar.max = now.total;
        bar.value = now.seen;
      }
      if (Date.now() - spoken >= speakEvery) {
        spoken = Date.now();
        said.textContent = now.words;
      }
    };
    const timer = setInterval(() => ask().catch(() => {}), interval);
  }
}
