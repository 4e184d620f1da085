// A link may carry its code behind "#", which browsers never send to a server.
// It goes into the form, and out of the address bar and the history.
{
  const field = document.querySelector("[data-fragment]");
  const code = decodeURIComponent(location.hash.slice(1));
  if (field && /^[A-Za-z0-9-]{4,64}$/.test(code)) {
    field.value = code;
    history.replaceState(null, "", location.pathname + location.search);
    for (const other of document.querySelectorAll("[data-token-field], [data-otherwise]")) {
      other.hidden = true; // the link was whole: there is nothing to type
    }
    document.querySelector("[data-after-fragment]")?.focus();
  }
}
