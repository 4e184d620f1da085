// Copy: a button with data-copy="ID" copies the text of the element with that
// id and says so beside it. Characters that only group a key stay out.
{
  document.documentElement.classList.add("scripted");

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    const lines = source.dataset.plain ?? source.innerText;
    await navigator.clipboard.writeText(lines);
    const label = button.querySelector("[data-label]") ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => {
      label.textContent = before;
    }, 2500);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      copy(button).catch(() => {
        getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      });
    }
  });
}
