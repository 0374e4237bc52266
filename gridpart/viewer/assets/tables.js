// Below the map: tables that can be sorted, whose rows lead to the map. Texts enter as text nodes only.
import { element } from "./furniture.js";
import { counted } from "./panel.js";

const ROWS_AT_ONCE = 200;
const LONG_TEXT = 24;
const FILTERED_FROM = 20;

/** Letters up to which a cell stands on one line: the name of a village is not broken. */
const SHORT_TEXT = 10;

function asNumber(text) {
  const value = Number.parseFloat(text.replaceAll(",", "").replaceAll("−", "-"));
  return Number.isNaN(value) ? -Infinity : value;
}

class SortedTable {
  constructor(table, { layer, words, lang, choose }) {
    Object.assign(this, { table, layer, words, choose });
    this.letters = new Intl.Collator(lang, { numeric: true });
    this.order = table.rows.map((_, row) => row);
    this.limit = ROWS_AT_ONCE;
    this.place = () => true;
    this.wanted = "";
    this.sortedBy = -1;
    this.rising = true;
    this.body = element("tbody");
    this.more = element("button", null, { type: "button", class: "more" });
    this.more.addEventListener("click", () => { this.limit += 5 * ROWS_AT_ONCE; this.fill(); });
  }

  featureOf(row) {
    const feature = this.table.features ? this.table.features[row] : row;
    return this.layer && feature >= 0 && feature < this.layer.count ? feature : -1;
  }

  line(row) {
    const line = element("tr");
    this.table.rows[row].forEach((cell, i) => {
      const kind = this.table.columns[i]?.numeric ? "number" : cell.length > LONG_TEXT ? "long" : cell.length <= SHORT_TEXT ? "short" : "";
      line.append(element("td", cell, { class: kind, dir: "auto" }));
    });
    const feature = this.featureOf(row);
    if (feature < 0) return line;
    line.className = "goes";
    line.tabIndex = 0;
    line.addEventListener("click", () => { if (!window.getSelection()?.toString()) this.choose(this.layer, feature); });
    line.addEventListener("keydown", (event) => { if (event.key === "Enter") this.choose(this.layer, feature); });
    return line;
  }

  /** Leave out rows that name another place in a column, if there is such a column; null brings all back. */
  keep(title, name) {
    const column = this.table.columns.findIndex((candidate) => candidate.title === title);
    if (column < 0) return;
    this.place = (cells) => name === null || cells[column] === name;
    this.chooseRows();
  }

  /** Leave the rows that hold a text in any cell, and lie at the place chosen; the order stays. */
  chooseRows() {
    const holds = (cells) => this.wanted === "" || cells.some((cell) => cell.toLowerCase().includes(this.wanted));
    this.order = this.table.rows.map((_, row) => row).filter((row) => this.place(this.table.rows[row]) && holds(this.table.rows[row]));
    if (this.sortedBy >= 0) this.arrange();
    this.limit = ROWS_AT_ONCE;
    this.fill();
  }

  filter() {
    const input = element("input", null, { type: "search", class: "rows-filter", placeholder: this.words.filterRows, "aria-label": this.words.filterRows });
    input.addEventListener("input", () => { this.wanted = input.value.trim().toLowerCase(); this.chooseRows(); });
    return input;
  }

  fill() {
    this.body.replaceChildren(...this.order.slice(0, this.limit).map((row) => this.line(row)));
    const rest = this.order.length - this.limit;
    this.more.hidden = rest <= 0;
    this.more.textContent = `+ ${counted(Math.max(rest, 0))} ${this.words.rows}`;
  }

  /** On paper there is nothing to press for more rows. */
  unfold(isWhole) {
    if (isWhole) this.folded = this.limit;
    this.limit = isWhole ? Infinity : this.folded;
    this.fill();
  }

  arrange() {
    const column = this.sortedBy;
    const { numeric } = this.table.columns[column];
    const sign = this.rising ? 1 : -1;
    const cell = (row) => this.table.rows[row][column] ?? "";
    const compare = numeric ? (a, b) => asNumber(cell(a)) - asNumber(cell(b)) || 0 : (a, b) => this.letters.compare(cell(a), cell(b));
    this.order.sort((a, b) => sign * compare(a, b) || a - b);
  }

  sort(column, head) {
    this.rising = this.sortedBy === column ? !this.rising : !this.table.columns[column].numeric;
    this.sortedBy = column;
    this.arrange();
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", this.rising ? "ascending" : "descending");
    this.fill();
  }

  head() {
    const row = element("tr");
    this.table.columns.forEach((column, i) => {
      const cell = element("th", null, column.numeric ? { class: "number", scope: "col" } : { scope: "col" });
      const button = element("button", column.title, { type: "button" });
      button.addEventListener("click", () => this.sort(i, cell));
      cell.append(button);
      row.append(cell);
    });
    const head = element("thead");
    head.append(row);
    return head;
  }

  build() {
    const made = element("table");
    made.append(this.head(), this.body);
    this.fill();
    const frame = element("div", null, { class: "frame" });
    frame.append(made, this.more);
    return frame;
  }
}

/** Tables one behind the other, with a tab each when there are several; on paper all of them follow. */
export function addTables(host, tables, { layers, words, lang, choose }) {
  const tabs = element("div", null, { role: "tablist", class: "tabs" });
  const sorted = [];
  const sections = tables.map((table, i) => {
    const section = element("section", null, { role: tables.length > 1 ? "tabpanel" : "region", "aria-label": table.title });
    const title = element("h2", table.title, { dir: "auto" });
    title.append(element("small", counted(table.rows.length)));
    const layer = layers.find((candidate) => candidate.key === table.layer);
    sorted.push(new SortedTable(table, { layer, words, lang, choose }));
    section.append(title);
    if (table.rows.length > FILTERED_FROM) section.append(sorted[i].filter());
    section.append(sorted[i].build());
    section.classList.toggle("behind", i > 0);
    return section;
  });
  tables.forEach((table, i) => {
    const tab = element("button", table.title, { type: "button", role: "tab", "aria-selected": String(i === 0), dir: "auto" });
    tab.append(element("small", counted(table.rows.length)));
    tab.addEventListener("click", () => {
      [...tabs.children].forEach((other, k) => other.setAttribute("aria-selected", String(k === i)));
      sections.forEach((section, k) => section.classList.toggle("behind", k !== i));
    });
    tabs.append(tab);
  });
  if (tables.length > 1) host.append(tabs);
  host.append(...sections);
  return sorted;
}
