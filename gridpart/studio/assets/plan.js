// The plan: its state and how it came there, another plan to compare with, everything that was said.
import { commentForm, commentList, labelled, pressable } from "./aside.js";
import { element } from "./furniture.js";

const STATES = ["draft", "proposed", "coordinated", "adopted"];
const NEXT = { draft: "propose", proposed: "coordinate", coordinated: "adopt" };
const SIGNS = { past: "✓", now: "●", ahead: "○" };
const MOST_PAIRS = 40;

export class PlanPanel {
  constructor(host, board, { who, goTo, choose }) {
    Object.assign(this, { host, board, words: board.words, goTo, choose });
    this.title = element("h2");
    this.states = element("ol", null, { class: "states" });
    this.name = element("input", null, { type: "text", "data-act": "who", maxlength: 120, autocomplete: "off" });
    this.name.value = who;
    this.why = element("input", null, { type: "text", "data-act": "why", maxlength: 400, autocomplete: "off" });
    this.date = element("input", null, { type: "date", "data-act": "effective" });
    this.dated = element("div");
    this.dated.append(labelled(this.words.inForceFrom, this.date), element("p", this.words.dateNote, { class: "none" }));
    this.steps = element("div", null, { class: "steps" });
    this.note = element("p", null, { class: "none" });
    for (const field of [this.name, this.why, this.date]) field.addEventListener("input", () => this.look());
    this.date.addEventListener("keyup", () => this.look()); // a date that is begun is no input yet
    this.comments = element("div");
    const note = commentForm(this.words.commentOnPlan, this.words.addComment, (text, then) => board.comment(text, null, this.who, then));
    host.append(
      this.title, this.states, labelled(this.words.yourName, this.name), labelled(this.words.why, this.why), this.dated, this.steps, this.note,
      element("h3", this.words.comparison), this.compareForm(), this.found = element("div", null, { class: "found" }),
      element("h3", this.words.comments), this.comments, note.form,
    );
  }

  get who() {
    return this.name.value;
  }

  compareForm() {
    const form = element("div", null, { class: "assign" }), { board, words } = this;
    this.other = element("select", null, { "data-act": "other" });
    form.append(labelled(words.compareWith, this.other), pressable(words.compare, "compare", () => board.compare(this.other.value)));
    return form;
  }

  /** Which plans there are, as the kernel finds them when the panel is opened. */
  takeReferences({ list }) {
    const chosen = this.other.value;
    this.other.replaceChildren(...list.map(([key, title]) => element("option", title, { value: key, dir: "auto" })));
    if (list.some(([key]) => key === chosen)) this.other.value = chosen;
  }

  update() {
    const { board, words } = this, { plan } = board;
    const told = JSON.stringify([plan, board.comparison?.rev, board.comparison && board.link.rev !== board.comparison.rev]);
    if (told === this.told) return;
    this.told = told;
    this.title.textContent = words.versionIs.replace("{n}", plan.version).replace("{status}", words[`${plan.status}State`]);
    this.showStates();
    const asked = [NEXT[plan.status], ...(["proposed", "coordinated"].includes(plan.status) ? ["return_to_draft"] : []), ...(plan.status === "adopted" ? ["new_version"] : [])].filter(Boolean);
    this.steps.replaceChildren(...asked.map((op) => pressable(words[op], op, () => board.step(op, this.reasons(), () => { this.why.value = this.date.value = ""; this.look(); }))));
    this.dated.hidden = plan.status !== "coordinated" || !board.canSave;
    this.note.textContent = { coordinated: words.adoptNote, adopted: words.adoptedNote }[plan.status] || "";
    this.look();
    this.comments.replaceChildren(commentList(plan.comments, { words, empty: words.noComments, press: this.choose }));
    this.showFound();
  }

  reasons() {
    return { why: this.why.value.trim(), who: this.who.trim(), effective: this.dated.hidden ? "" : this.date.value };
  }

  /** A step needs who and why; a date that is begun must be whole. */
  look() {
    const { why, who } = this.reasons(), isTold = why && who, isWhole = this.dated.hidden || !this.date.validity.badInput;
    for (const button of this.steps.children) {
      button.disabled = !isTold || !isWhole;
      button.title = !isTold ? this.words.whyFirst : isWhole ? "" : this.words.dateFirst;
    }
  }

  showStates() {
    const { plan } = this.board, at = STATES.indexOf(plan.status);
    this.states.replaceChildren(...STATES.map((state, i) => {
      const sign = i < at ? "past" : i === at ? "now" : "ahead", item = element("li", null, { class: sign, ...(i === at ? { "aria-current": "step" } : {}) });
      const last = plan.milestones.filter(({ status, version }) => status === state && version === plan.version).at(-1);
      item.append(element("b", SIGNS[sign], { "aria-hidden": "true" }), element("span", this.words[`${state}State`]));
      const since = last?.effective ? [this.words.since.replace("{date}", last.effective)] : [];
      if (last && i <= at) item.append(element("small", [last.at.slice(0, 10), ...since, last.who, last.why].join(" · "), { dir: "auto" }));
      return item;
    }));
  }

  showFound() {
    const { board, words } = this, { comparison } = board;
    this.found.replaceChildren();
    if (!comparison) return;
    const list = element("dl");
    for (const [title, value] of comparison.facts) list.append(element("dt", title), element("dd", value));
    const pairs = element("ul", null, { "aria-label": words.comparison });
    comparison.pairs.slice(0, MOST_PAIRS).forEach(([before, after, area, households], i) => {
      const item = element("li"), line = pressable(`${before} → ${after}`, "toPair", () => this.goTo(comparison.layer, i));
      line.append(element("small", households === "–" ? area : `${area} · ${households} ${words.households}`));
      item.append(line);
      pairs.append(item);
    });
    if (comparison.pairs.length > MOST_PAIRS) pairs.append(element("li", `+ ${comparison.pairs.length - MOST_PAIRS} ${words.more}`, { class: "none" }));
    const officers = element("ul", null, { class: "moved" });
    for (const [staff, before, after, was, is] of comparison.officers.slice(0, MOST_PAIRS))
      officers.append(element("li", `${board.officerName(staff)}${this.words.colon}${before === after ? after : `${before} → ${after}`}${was === "–" && is === "–" ? "" : `${this.words.comma}${was} → ${is} ${words.households}`}`, { dir: "auto" }));
    if (board.link.rev !== comparison.rev) this.found.append(element("p", words.outdated, { class: "none" }));
    this.found.append(list, pairs, officers, pressable(words.endComparison, "endComparison", () => { board.endComparison(); board.changed(); }));
    if (comparison !== this.shown) this.host.parentNode.scrollTop = this.found.offsetTop - this.host.parentNode.offsetTop - 60;
    this.shown = comparison;
  }
}
