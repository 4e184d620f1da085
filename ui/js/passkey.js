// Passkeys: a form with data-passkey ("get" or "create") is shown where the
// browser knows them, in the place of what says that it does not
// (data-without-passkey). Sent, it asks the browser first: for what
// data-options says, or what the address in data-ask answers. What comes back
// goes into its field and then to the server. With data-ask the browser may
// offer a passkey by itself, in a field whose autocomplete says "webauthn".
{
  const octets = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const optionsOf = (json) => {
    const options = JSON.parse(json);
    options.challenge = octets(options.challenge);
    if (options.user) {
      options.user.id = octets(options.user.id);
    }
    for (const list of [options.allowCredentials, options.excludeCredentials]) {
      for (const credential of list ?? []) {
        credential.id = octets(credential.id);
      }
    }
    return options;
  };

  const answerOf = ({ id, rawId, type, response }) => {
    const parts = {};
    for (const name of [
      "clientDataJSON",
      "attestationObject",
      "authenticatorData",
      "signature",
      "userHandle",
    ]) {
      if (response[name]) {
        parts[name] = text(response[name]);
      }
    }
    if (response.getTransports) {
      parts.transports = response.getTransports();
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: parts });
  };

  const ready = (form) => {
    let waiting = new AbortController(); // for what the browser offers by itself
    const field = form.elements.passkey;

    const ask = async (mediation) => {
      let json = form.dataset.options;
      if (form.dataset.ask) {
        const answer = await fetch(form.dataset.ask, { method: "POST", cache: "no-store", redirect: "error" });
        if (!answer.ok) {
          throw new Error(answer.status);
        }
        json = await answer.text();
      }
      waiting.abort();
      waiting = new AbortController();
      const request = { publicKey: optionsOf(json), signal: waiting.signal, ...mediation };
      const credential = await navigator.credentials[form.dataset.passkey](request);
      field.value = answerOf(credential);
      form.submit();
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      for (const message of form.querySelectorAll("[data-failed]")) {
        message.hidden = true;
      }
      ask({}).catch((error) => {
        const known = error.name === "InvalidStateError" ? "known" : "failed";
        form.querySelector(`[data-failed="${known}"]`).hidden = false;
      });
    });

    const offer = async () => {
      if (form.dataset.ask && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
        await ask({ mediation: "conditional" });
      }
    };
    offer().catch(() => {}); // the button is still there
  };

  if (window.PublicKeyCredential && navigator.credentials) {
    for (const message of document.querySelectorAll("[data-without-passkey]")) {
      message.hidden = true;
    }
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      form.hidden = false;
      ready(form);
    }
  }
}
