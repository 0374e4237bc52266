// What is shown before it is decided: suggestions of the kernel, and the cells of an outlet that is dragged.

import { Planning } from "./planning.js";
import { square } from "./siting.js";

const LOST_MS = 600;

export class Proposals extends Planning {
  // suggestions

  /** Ask for edits that even out the chosen cell, or the one farthest from the mean; asked again, show the next. */
  suggest() {
    if (this.suggestions) { this.showSuggestion((this.suggestions.at + 1) % this.suggestions.list.length); return; }
    if (this.stroke) { this.say("first", {}, "refused"); return; }
    this.link.ask("suggest", { cell: this.target === null ? null : this.targetName() });
  }

  suggested({ suggestions, reason }) {
    if (reason) { this.say("refused", { reason }, "refused"); return; }
    if (!suggestions.length) { this.say("noSuggestion"); return; }
    this.suggestions = { list: suggestions, at: 0 };
    this.showSuggestion(0);
  }

  showSuggestion(at) {
    this.suggestions.at = at;
    const { list } = this.suggestions, { told, targets, n } = list[at];
    this.preview(targets.flatMap(([faces, cell]) => faces.map((face) => [face, cell])));
    const share = (value) => `${(100 * value).toFixed(0)}%`;
    this.say("suggestion", { cell: told.cell_id, n, before: share(told.before), after: share(told.after), at: at + 1, all: list.length }, "pending");
    this.changed();
    this.focusApply(); // so that one key accepts
  }

  acceptSuggestion() {
    const { list, at } = this.suggestions;
    this.suggestions = null;
    this.painter.pendingFaces = new Set();
    this.decided.set(this.link.do({ op: "accept", suggestion: list[at].told }), { key: "done" });
    this.changed();
  }

  // commands that wait for Apply

  /** Show what a command would change; `told` is a key of the words that are said meanwhile. */
  propose(command, told, values = {}) {
    this.painter.place = null;
    this.proposal = { command, told, values, isReady: false };
    this.link.ask("try", { command }, { isWanted: () => this.proposal?.command === command });
    this.changed();
  }

  tried({ faces, labels, cells = [], reason, place }) {
    const { proposal } = this;
    if (!proposal) return;
    proposal.isReady = !reason;
    this.takeCells(cells.filter(({ n }) => !this.cells[n]));
    this.preview(faces.map((face, i) => [face, labels[i]]));
    if (cells.length) this.recolour();
    this.painter.place = place ? this.placeOf(place) : null;
    this.painter.drawMarks();
    if (reason) this.say("refused", { reason }, "refused");
    else this.say(proposal.told, { ...proposal.values, n: this.unitCount(faces) }, "pending");
    this.changed();
    if (!proposal.isAsking) this.focusApply();
  }

  /** Wait for Apply without a picture: of what changes no land. */
  confirm(command, told, values) {
    this.proposal = { command, told, values, isReady: true };
    this.say(told, values, "pending");
    this.changed();
    this.focusApply();
  }

  dropProposal() {
    this.proposal = null;
    this.ghost(null);
    this.painter.place = null;
    this.dropPreview();
  }

  acceptProposal() {
    const { command, then, done = "done", values } = this.proposal;
    if (!this.proposal.isReady) return;
    this.dropProposal();
    this.command(command, done, then, values);
    if (command.effective) this.say("working");
    this.focusMap();
    this.changed();
  }

  // outlets

  openOutlet(at) {
    if (this.isBusy()) return;
    let number = 1;
    while (this.outlets.has(`new-${number}`)) number++;
    const face = this.faces.faceAt(...at), here = face < 0 ? null : this.cells[this.overlay.confirmed[face]].id;
    const cells = [["", this.words.ownCell], ...(here ? [[here, here]] : [])];
    const ask = ({ id, cell, name, kind }) => {
      this.propose({ op: "add_outlet", outlet: id, at, cell: cell || null, name, kind }, cell ? "openInto" : "openOwn", { outlet: id, cell });
      this.proposal.isAsking = true;
    };
    ask({ id: `new-${number}`, cell: "" });
    this.painter.ghosts = [(c, painter) => square(c, painter, painter.view.toScreen(...at), { fill: painter.colours.selected })];
    this.painter.drawMarks();
    this.askOutlet({ id: `new-${number}`, cells }, ask);
  }

  closeOutlet(outlet) {
    if (this.isBusy()) return;
    this.propose({ op: "close_outlet", outlet }, "closing", { outlet: this.outletCalled(outlet) });
  }

  /** Whether something waits already; a proposal that is not yet decided gives way to the next. */
  isBusy() {
    if (this.proposal) this.dropProposal();
    if (!this.hasPending()) return false;
    this.say("first", {}, "refused");
    return true;
  }

  moveOutlet(i, to) {
    const id = [...this.outlets.keys()][i];
    this.wanted = null;
    this.painter.pendingFaces = new Set();
    this.command({ op: "move_outlet", outlet: id, to });
  }

  /** Ask the kernel which cells an outlet would get: one question at a time, the newest place next. */
  previewOutlet(i, to) {
    this.wanted = { outlet: [...this.outlets.keys()][i], to };
    this.askPreview();
  }

  askPreview() {
    if (!this.wanted || performance.now() - (this.asking ?? -Infinity) < LOST_MS) return;
    this.asking = performance.now();
    this.link.ask("outlet", this.wanted);
    this.wanted = null;
  }

  dropPreview() {
    this.wanted = null;
    this.painter.pendingFaces = new Set();
    this.settle((seq) => seq === "preview");
    this.painter.drawMarks();
  }

  /** Show faces in other cells, as long as nothing is decided. */
  preview(pairs) {
    const before = this.overlay.drop((seq) => seq === "preview");
    this.overlay.pending.push({ seq: "preview", faces: new Map(pairs) });
    this.painter.pendingFaces = new Set(pairs.map(([face]) => face));
    this.showFaces(new Set([...before, ...this.painter.pendingFaces]));
    this.painter.drawMarks();
  }

  showPreview({ faces, labels, reason }) {
    this.asking = undefined;
    if (!this.tool()?.busy) return;
    this.askPreview();
    this.preview(faces.map((face, i) => [face, labels[i]]));
    if (reason) this.tell(reason, "refused"); else this.say("outletPreview", { n: this.unitCount(faces) }, "pending");
  }
}
