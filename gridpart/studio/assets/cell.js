// The chosen cell: its load, outlets, officers, and what was said about it.
import { commentForm, commentList, labelled, pressable } from "./aside.js";
import { element } from "./furniture.js";
import { counted } from "./panel.js";

export class CellPanel {
  constructor(host, board, who) {
    Object.assign(this, { host, board, words: board.words, drafts: new Map(), cell: null });
    this.empty = element("p", this.words.noCellYet, { class: "none" });
    this.facts = element("div", null, { class: "about" });
    this.officers = element("ul", null, { class: "officers" });
    this.comments = element("div");
    this.note = commentForm("", this.words.addComment, (text, then) => board.comment(text, this.cell, who(), then));
    this.body = element("div");
    this.body.append(
      this.facts, element("h3", this.words.officers), this.officers, this.assignForm(),
      element("h3", this.words.comments), this.comments, this.note.form,
    );
    host.append(this.empty, this.body);
  }

  assignForm() {
    const form = element("div", null, { class: "assign" }), { board, words } = this;
    const known = Object.keys(board.staff || {}).length > 0;
    this.officer = element(known ? "select" : "input", null, { "data-act": "officer" });
    this.assign = pressable(words.assign, "assign", () => board.assignOfficer(this.officer.value, this.cell));
    this.officer.addEventListener("input", () => { this.assign.disabled = !this.officer.value.trim(); });
    form.append(labelled(words.inCharge, this.officer), this.assign);
    return form;
  }

  update() {
    const { board } = this, n = board.target, cell = n === null ? null : board.cells[n].id;
    this.body.hidden = cell === null;
    this.empty.hidden = cell !== null;
    if (cell !== this.cell) this.keepDraft(cell);
    if (cell === null) return;
    this.showFacts(n, cell);
    this.showOfficers(cell);
    this.comments.replaceChildren(commentList(board.commentsOn(cell), { words: this.words, empty: this.words.noComments }));
  }

  /** A half-written comment belongs to its cell. */
  keepDraft(cell) {
    if (this.cell !== null) this.drafts.set(this.cell, this.note.text.value);
    this.cell = cell;
    this.note.text.value = this.drafts.get(cell) || "";
    this.note.label.textContent = this.words.commentOn.replace("{cell}", cell ?? "");
    this.note.look();
  }

  showFacts(n, cell) {
    const { board, words } = this, list = element("dl");
    const add = (title, text) => list.append(element("dt", title), element("dd", text, { dir: "auto" }));
    if (board.demand) {
      const sums = board.loads(), mean = sums.reduce((a, b) => a + b, 0) / Math.max(1, board.cells.filter((other) => !other.gone).length);
      add(words.byLoad, `${counted(Math.round(sums[n]))} (${Math.round((100 * sums[n]) / (mean || 1))}%)`);
    }
    add(words.outlets, board.outletsOf(n).join(words.comma) || "–");
    if (board.cells[n].locked) add(words.lock, words.locked);
    this.facts.replaceChildren(element("h2", cell, { dir: "auto" }), list);
  }

  showOfficers(cell) {
    const { board, words } = this, mine = board.officersOf(cell);
    this.officers.replaceChildren(...mine.map((staff) => {
      const item = element("li"), name = board.officerName(staff);
      const out = pressable(words.takeOut, "takeOut", () => board.assignOfficer(staff, null));
      out.setAttribute("aria-label", `${words.takeOut}${words.colon}${name}`);
      item.append(element("span", name, { dir: "auto" }), out);
      return item;
    }), ...(mine.length ? [] : [element("li", words.nobody, { class: "none" })]));
    if (this.officer.tagName !== "SELECT") { this.assign.disabled = !this.officer.value.trim(); return; }
    const told = JSON.stringify([cell, board.staff, [...board.officers]]);
    if (told === this.toldOfficers) return; // an open list would close
    this.toldOfficers = told;
    const others = Object.keys(board.staff).filter((staff) => !mine.includes(staff)).sort((a, b) => board.officers.has(a) - board.officers.has(b) || (a < b ? -1 : 1));
    this.officer.replaceChildren(element("option", words.choose, { value: "" }), ...others.map((staff) =>
      element("option", `${board.officerName(staff)} · ${board.officers.get(staff) ?? words.noCell}`, { value: staff })));
    this.assign.disabled = true;
  }
}
