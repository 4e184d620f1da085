// What is behind a status shows when one points at it or goes to it, near it.
// A tap and Enter open it without this; Escape closes it either way.
for (const button of document.querySelectorAll("[data-peek]")) {
  const more = button.popoverTargetElement;
  if (!more?.showPopover) {
    continue;
  }
  let pointed = false;
  const place = () => {
    const at = button.getBoundingClientRect();
    more.style.margin = "0";
    more.style.insetInlineStart = "auto";
    more.style.left = `${Math.max(4, Math.min(at.left, innerWidth - more.offsetWidth - 8))}px`;
    more.style.top = `${at.bottom + more.offsetHeight + 8 > innerHeight ? at.top - more.offsetHeight - 4 : at.bottom + 4}px`;
  };
  const show = () => {
    if (!more.matches(":popover-open")) {
      more.showPopover();
    }
    place();
  };
  const hide = () =>
    setTimeout(() => {
      if (!pointed && document.activeElement !== button && more.matches(":popover-open")) {
        more.hidePopover();
      }
    }, 150);
  for (const element of [button, more]) {
    element.addEventListener("pointerenter", (event) => {
      pointed = event.pointerType === "mouse";
      if (pointed) {
        show();
      }
    });
    element.addEventListener("pointerleave", () => {
      pointed = false;
      hide();
    });
  }
  button.addEventListener("click", (event) => pointed && event.preventDefault()); // it is open already
  button.addEventListener("focus", () => button.matches(":focus-visible") && show());
  button.addEventListener("blur", hide);
  more.addEventListener("toggle", (event) => event.newState === "open" && place());
}
