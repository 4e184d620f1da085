// The short link may carry its code behind "#", which browsers never send to a
// server. It goes into the form, and out of the address bar and the history.
{
  const field = document.querySelector("[data-fragment]");
  const code = decodeURIComponent(location.hash.slice(1));
  if (field && /^[A-Za-z0-9-]{4,16}$/.test(code)) {
    field.value = code.toUpperCase();
    history.replaceState(null, "", location.pathname + location.search);
    document.querySelector("[data-after-fragment]")?.focus();
  }
}
