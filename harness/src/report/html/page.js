"use strict";
// Sorting and filtering of a class's tables. Without it they are tables all the same.
const RANK = { "✗": 0, "?": 1, "–": 2, "✓": 3 };

function key(cell, kind) {
  if (kind === "mark") return RANK[cell.textContent] ?? 4;
  if (kind === "number") {
    const value = cell.dataset.value ?? cell.textContent;
    return value === "" || Number.isNaN(Number(value)) ? -1 : Number(value);
  }
  return cell.textContent;
}

for (const table of document.querySelectorAll("table")) {
  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const place = head.cellIndex;
      const kind = button.dataset.sort;
      const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[place], kind), row]);
      rows.sort(([a], [b]) => (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b));
      if (down) rows.reverse();
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  }
}

const filter = document.getElementById("filter");
const show = document.getElementById("show");
const grid = document.getElementById("grid");

function matches(row, text) {
  return row.cells[0].textContent.toLowerCase().includes(text) || row.cells[1].textContent.toLowerCase().includes(text);
}

// A text narrows the students, or, where it is in nobody's name, the checks.
function narrow() {
  const text = filter.value.trim().toLowerCase();
  const heads = [...grid.tHead.rows[0].cells];
  const columns = heads.map((head, place) => place < 4 || !text || head.textContent.toLowerCase().includes(text));
  const byCheck = columns.some((shown, place) => shown && place >= 4);
  const anyone = [...grid.tBodies[0].rows].some((row) => matches(row, text));
  let seen = 0;
  for (const row of grid.tBodies[0].rows) {
    const named = anyone ? matches(row, text) : byCheck;
    const kind = show.value;
    const fits = !kind || (kind === "failed" ? row.querySelector("td.failed") !== null : row.classList.contains("incomplete"));
    row.hidden = !fits || !named;
    seen += row.hidden ? 0 : 1;
  }
  for (const row of grid.rows) {
    for (const cell of row.cells) cell.hidden = !anyone && byCheck && !columns[cell.cellIndex];
  }
  document.getElementById("count").textContent = `${seen} / ${grid.tBodies[0].rows.length}`;
}

if (grid) {
  filter.addEventListener("input", narrow);
  show.addEventListener("change", narrow);
  filter.form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter) {
      event.preventDefault();
      filter.focus();
    }
  });
  narrow();
}

// A link to a student opens what it leads to.
function open() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) {
    target.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", open);
open();
