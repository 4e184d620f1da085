// Codes: fields with data-code take what people paste ("123 456", "K7MP-Q2XR")
// and keep the characters that count. A numeric code of full length is sent at
// once, unless it was refused before; whoever presses Enter then does not send
// it a second time.
{
  const forms = new Set();
  for (const field of document.querySelectorAll("[data-code]")) {
    const digits = field.dataset.code === "digits";
    const length = Number(field.dataset.length ?? 0);
    let sent = field.getAttribute("aria-invalid") === "true";
    forms.add(field.form);

    field.addEventListener("input", () => {
      const typed = digits
        ? field.value.replace(/\D/g, "")
        : field.value.toUpperCase().replace(/[^A-Z0-9]/g, "");
      const grouped = !digits && typed.length > 4 && typed.length <= 8;
      const wanted = grouped ? `${typed.slice(0, 4)}-${typed.slice(4)}` : typed;
      if (wanted !== field.value && field.selectionStart === field.value.length) {
        field.value = wanted;
      }
      if (digits && length && typed.length === length && !sent) {
        sent = true;
        field.value = typed;
        field.form.requestSubmit();
      }
    });
  }
  for (const form of forms) {
    let underWay = false;
    form.addEventListener("submit", (event) => {
      if (underWay) {
        event.preventDefault();
      }
      underWay = true;
    });
    addEventListener("pageshow", () => {
      underWay = false;
    });
  }
}
