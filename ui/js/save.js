// Print: a button with data-print prints the page; its style sheet knows how.
{
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) {
      print();
    }
  });
}
