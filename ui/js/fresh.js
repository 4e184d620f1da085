// A page for the wall stays current: every data-fresh-every seconds, while
// somebody looks, the blocks marked data-fresh get what the server says now.
// Only what differs is put in, and nothing where somebody reads or types, so
// nothing jumps, the focus stays where it is, and no screen reader speaks.
{
  const page = document.querySelector("[data-fresh-every]");

  // A request for a document: unlike text that is parsed, it needs no sink.
  const load = () =>
    new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("GET", location.href);
      request.responseType = "document";
      request.timeout = 20000;
      request.onload = () => (request.status === 403 ? location.reload() : request.status === 200 && request.responseURL === location.href ? done(request.response) : failed());
      request.onerror = request.ontimeout = failed;
      request.send();
    });

  const busy = (block) => block.contains(document.activeElement) || (!getSelection().isCollapsed && getSelection().containsNode(block, true));

  // What people opened stays open, what they scrolled stays there.
  const take = (block, next) => {
    const opened = [...block.querySelectorAll("details")].map((details) => details.open);
    next.querySelectorAll("details").forEach((details, i) => (details.open = opened[i] ?? false));
    if (next.isEqualNode(block) || busy(block)) {
      return;
    }
    const places = [...block.querySelectorAll(".table-wrap")].map((wrap) => [wrap.scrollLeft, wrap.scrollTop]);
    block.replaceWith(document.adoptNode(next));
    next.querySelectorAll(".table-wrap").forEach((wrap, i) => places[i] && wrap.scrollTo(...places[i]));
  };

  const look = async () => {
    if (document.hidden) {
      return;
    }
    const now = await load();
    const names = (root) => [...root.querySelectorAll("[data-fresh]")].map((block) => block.dataset.fresh).join();
    if (names(now) !== names(document)) {
      location.reload(); // another page than before: there is nothing to keep
      return;
    }
    for (const block of document.querySelectorAll("[data-fresh]")) {
      take(block, now.querySelector(`[data-fresh="${block.dataset.fresh}"]`));
    }
  };

  if (page) {
    const lost = document.querySelector("[data-fresh-lost]");
    const refresh = () =>
      look().then(
        () => (lost.hidden = true),
        () => (lost.hidden = false),
      );
    setInterval(refresh, 1000 * page.dataset.freshEvery);
    document.addEventListener("visibilitychange", refresh);
  }
}
