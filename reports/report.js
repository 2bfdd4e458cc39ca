// Conveniences of a report: theme, sorting, filtering. Without this script everything is there to read all the same.
"use strict";
(() => {
  const KEY = "recon-theme", THEMES = ["auto", "light", "dark"];
  // The dark colours stand once in the sheet, under a media query; a chosen theme changes what the query asks for.
  const dark = [...document.styleSheets[0].cssRules].find((rule) => rule.media && rule.media.mediaText.includes("dark"));
  const asked = dark.media.mediaText;
  const show = (theme) => {
    dark.media.mediaText = { auto: asked, light: "not all", dark: "screen" }[theme];
    document.documentElement.style.colorScheme = theme === "auto" ? "" : theme;
  };
  const remembered = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }  // storage may be forbidden
  };
  const first = THEMES.includes(remembered()) ? remembered() : "auto";
  show(first);

  const make = (tag, attributes, text) => {
    const element = document.createElement(tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    if (text) element.textContent = text;
    return element;
  };

  const themes = () => {
    const label = make("label", { class: "tools theme" }, "Theme ");
    const select = make("select");
    for (const theme of THEMES) select.append(make("option", { value: theme }, theme));
    select.value = first;
    select.addEventListener("change", () => {
      show(select.value);
      try { localStorage.setItem(KEY, select.value); } catch { /* the choice holds for this page */ }
    });
    label.append(select);
    document.querySelector("header").append(label);
  };

  // What a cell is sorted by: a number or a time where it is one, else its words.
  const value = (row, column) => {
    const cell = row.cells[column];
    const time = cell.querySelector("time");
    if (time) return Date.parse(time.dateTime);
    const text = (cell.dataset.sort || cell.textContent).trim();
    const number = parseFloat(text.replace(/,/g, ""));
    return cell.classList.contains("num") ? (Number.isNaN(number) ? -1 : number) : text.toLowerCase();
  };

  const sortable = (table) => {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = make("button", { type: "button", class: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const down = now ? now === "ascending" : head.classList.contains("num");  // large numbers first
        for (const each of heads) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sums = [...body.rows].filter((row) => row.classList.contains("sum"));
        const rows = [...body.rows].filter((row) => !row.classList.contains("sum"));
        rows.sort((one, other) => {
          const a = value(one, column), b = value(other, column);
          return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
        });
        body.append(...rows, ...sums);
      });
    });
  };

  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const tools = make("div", { class: "tools filter" }), label = make("label", {}, "Filter ");
    const input = make("input", { type: "search", "aria-label": "Filter: " + table.caption.textContent.trim() });
    const count = make("span", { role: "status" });
    label.append(input);
    tools.append(label, count);
    (table.closest(".wide") || table).before(tools);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      const left = rows.filter((row) => !row.hidden).length;
      count.textContent = wanted ? left + " of " + rows.length + " rows" : "";
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    themes();
    for (const table of document.querySelectorAll("main table:not(.matrix)")) {
      const rows = table.tBodies[0].rows.length;
      if (rows > 2) sortable(table);
      if (rows > 9) filterable(table);
    }
  });
})();
