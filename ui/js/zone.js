// The time zone of this browser, for the server to tell times in: it goes with
// every request, and nowhere else. Browsers that keep no Secure cookie over plain
// HTTP, which only a loopback address has, get it without.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const keep = (name, more) => {
    document.cookie = `${name}=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${more}`;
  };
  if (zone) {
    keep("__Host-zone", "; Secure");
    if (location.protocol === "http:" && !document.cookie.includes("__Host-zone=")) {
      keep("zone", "");
    }
  }
}
