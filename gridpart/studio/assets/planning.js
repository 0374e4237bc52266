// The plan around the grid: officers, comments, states, and another plan beside it.
import { Layer } from "./geometry.js";

export class Planning {
  takePlan(plan) {
    this.plan = { ...this.plan, ...plan };
    this.plan.comments ||= [];
    this.plan.milestones ||= [];
    for (const { outlet_id: id, name } of this.plan.openings || []) if (name) this.outletNames[id] = name;
  }

  /** Officers that change cells; null for one who has none any more. */
  takeOfficers(officers) {
    for (const [staff, cell] of Object.entries(officers)) if (cell === null) this.officers.delete(staff); else this.officers.set(staff, cell);
  }

  officersOf(cell) {
    return [...this.officers].filter(([, at]) => at === cell).map(([staff]) => staff).sort();
  }

  officerName(staff) {
    return this.staff[staff] || staff;
  }

  outletsOf(cell) {
    return [...this.outlets].filter(([, [n]]) => n === cell).map(([id]) => this.outletCalled(id));
  }

  /** An outlet by its name where it has one, with the id in brackets. */
  outletCalled(id) {
    const name = this.outletNames[id];
    return name ? this.words.aside.replace("{text}", () => name).replace("{note}", () => id) : id;
  }

  commentsOn(cell) {
    return this.plan.comments.filter(({ cell_id: at }) => at === cell);
  }

  assignOfficer(officer, cell) {
    this.command({ op: "assign_officer", officer, cell });
  }

  /** Say something about a cell, or about the whole plan; `then` is called when the kernel has kept it. */
  comment(text, cell, who, then) {
    this.command({ op: "comment", text, cell, who }, "commented", then);
  }

  /** Lead the plan to another state. What cannot be taken back waits for Apply. */
  step(op, { why, who, effective = "" }, then) {
    if (this.hasPending()) { this.say("first", {}, "refused"); return; }
    if (op !== "adopt") { this.command({ op, why, who }, "done", then); return; }
    const { version: n } = this.plan, command = { op, why, who, ...(effective && { effective }) };
    this.confirm(command, effective ? "adoptingFrom" : "adopting", { n, date: effective });
    Object.assign(this.proposal, { then, done: "adopted" });
  }

  // another plan

  compare(key) {
    this.say("working");
    this.link.ask("compare", { with: key });
  }

  compared(message) {
    this.comparison = null;
    if (message.reason) { this.say("refused", { reason: message.reason }, "refused"); this.showDifference(null); return; }
    this.comparison = { ...message, layer: new Layer(message.layer) };
    this.showDifference(this.comparison.layer);
    this.say(this.comparison.pairs.length ? "compared" : "same", {}, "done");
  }

  endComparison() {
    this.comparison = null;
    this.showDifference(null);
    this.sayHint();
  }
}
