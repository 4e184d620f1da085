// Tables by keyboard: "/" to the search, j and k between rows, Enter opens, x
// ticks, a goes to what is done to those who are ticked, "?" explains. Single keys do nothing while one types. A tick in the
// head of the table ticks all rows, and the bulk bar counts them.
{
  const table = document.querySelector("table[data-keys]");
  const rows = table ? [...table.tBodies[0].rows] : [];
  let current = -1;

  const go = (to) => {
    if (!rows.length) {
      return;
    }
    rows[current]?.classList.remove("current");
    current = Math.min(Math.max(to, 0), rows.length - 1);
    rows[current].classList.add("current");
    (rows[current].querySelector("th a, td a, input") ?? rows[current]).focus();
    rows[current].scrollIntoView({ block: "nearest" });
  };

  const ticks = () => [...document.querySelectorAll("tbody input[type=checkbox][name]")];

  const count = () => {
    const output = document.querySelector("[data-selected]");
    if (output) {
      output.textContent = ticks().filter((tick) => tick.checked).length;
    }
    const all = document.querySelector("[data-tick-all]");
    if (all) {
      const on = ticks().filter((tick) => tick.checked).length;
      all.checked = on > 0 && on === ticks().length;
      all.indeterminate = on > 0 && on < ticks().length;
    }
  };

  const keys = {
    "/": () => document.querySelector("input[type=search]")?.focus(),
    j: () => go(current + 1),
    k: () => go(current - 1),
    x: () => rows[current]?.querySelector("input[type=checkbox]")?.click(),
    a: () => document.querySelector("[data-acts]")?.focus(),
    "?": () => document.querySelector("dialog[data-keys-help]")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) {
      return;
    }
    event.preventDefault();
    keys[event.key]();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      for (const tick of ticks()) {
        tick.checked = event.target.checked;
      }
    }
    count();
  });

  count(); // what is ticked already, by who comes back
}
