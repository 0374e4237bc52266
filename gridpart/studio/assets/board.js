// What the planner sees and does: tools, pending changes, answers of the kernel.
import { emptyBox, Layer, widen } from "./geometry.js";
import { cellColours, loadClasses, officerClasses } from "./colours.js";
import { checksum, Overlay } from "./overlay.js";
import { WAYS } from "./bar.js";
import { Proposals } from "./proposals.js";
import { makeTools } from "./tools.js";

const NAME_PX = [70, 22];

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Faces in the order of their units, and where each unit begins among them. */
function facesByUnit(unitOf) {
  const order = Int32Array.from(unitOf.keys()).sort((a, b) => unitOf[a] - unitOf[b] || a - b);
  const start = new Int32Array(unitOf.reduce((most, unit) => Math.max(most, unit), -1) + 2);
  for (const unit of unitOf) start[unit + 1] += 1;
  for (let unit = 1; unit < start.length; unit++) start[unit] += start[unit - 1];
  return { order, start };
}

export class Board extends Proposals {
  constructor({ words, painter, canSave }) {
    super();
    Object.assign(this, { words, painter, canSave, target: null, radius: 0, atOnce: true, toolName: "brush", mode: "cell", ways: { border: "point", outlet: "move" }, comparison: null });
    this.tools = makeTools(this);
    this.stroke = null;
    this.decided = new Map(); // what to say when the kernel has decided on an event
    this.changed = this.focusApply = () => {};
  }

  /** Take all faces anew; what the hand did and is not decided stays above them. */
  base(message, buffers, { looks, style }) {
    const ints = buffers.map((buffer) => new Int32Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)));
    const [points, arcs, uses, rings, features, anchors, room, labels, unitOf] = ints;
    const raw = { ...message.layer, classOf: new Int32Array(labels.length), shape: { points, arcs, uses, rings, features, anchors, room } };
    Object.assign(this, { unitOf, cells: [], outlets: new Map(), officers: new Map(message.officers), staff: message.staff, outletNames: message.outletNames, demand: message.demand, style });
    this.takePlan(message.plan);
    this.overlay = new Overlay(labels);
    this.makeFaces(raw, labels, looks);
    this.mates = facesByUnit(unitOf);
    this.takeCells(message.cells);
    this.takeOutlets(message.outlets);
    this.colour();
    this.names.settle();
    this.takeAbilities(message);
    if (this.target !== null && (!this.cells[this.target] || this.cells[this.target].gone)) this.target = null;
  }

  takeAbilities({ canUndo, canRedo }) {
    Object.assign(this, { canUndo, canRedo });
  }

  takeCells(cells) {
    for (const cell of cells) this.cells[cell.n] = { ...(this.cells[cell.n] || {}), ...cell };
    for (let n = 0; n < this.cells.length; n++) this.cells[n] ||= { n, id: "", gone: true };
    const labels = this.cells.map((cell) => (cell.gone ? "" : cell.locked ? `🔒\uFE0E ${cell.id}` : cell.id));
    this.names.resize(labels);
  }

  takeOutlets(rows) {
    for (const [id, ...rest] of rows) if (rest.length) this.outlets.set(id, rest); else this.outlets.delete(id);
  }

  outletPlaces() {
    return [...this.outlets.values()].map(([, x, y]) => [x, y]);
  }

  /** Number of a cell here; another kernel numbered it otherwise, so events name cells by their ids. */
  numberOf(id) {
    return this.cells.findIndex((cell) => cell?.id === id && !cell.gone);
  }

  // looking

  faceAt(place) {
    return this.faces.faceAt(...this.painter.view.toMap(...place));
  }

  targetName() {
    return this.cells[this.target].id;
  }

  choose(cell) {
    if (this.stroke?.waits && this.isWaiting() && cell !== this.target) {
      const faces = this.stroke.faces;
      this.dropStroke();
      this.target = cell;
      this.selectFaces(faces);
      return;
    }
    this.target = cell;
    this.showTarget();
    this.changed();
  }

  showTarget() {
    const faces = this.target === null ? [] : this.faces.membersOf(this.target);
    this.painter.target = faces.length ? this.faces.shapes.outlineOf(new Set(faces)) : null;
    this.painter.drawMarks();
  }

  /** Take a tool; taken again, the next of its ways. */
  take(name) {
    if (this.proposal) this.dropProposal();
    this.tools[this.toolName]?.cancel();
    this.painter.place = null;
    this.ghost(null);
    const all = WAYS[name];
    if (name === this.toolName && all) this.ways[name] = all[(all.indexOf(this.ways[name]) + 1) % all.length];
    this.toolName = name;
    this.sayHint();
    this.changed();
  }

  takeWay(name, way) {
    this.toolName = name;
    this.ways[name] = WAYS[name].at(WAYS[name].indexOf(way) - 1); // so that taking the tool again leads here
    this.take(name);
  }

  sayHint() {
    const { toolName, ways } = this;
    this.say(WAYS[toolName] ? `${toolName}-${ways[toolName]}Hint` : `${toolName}Hint`);
  }

  tool() {
    return this.tools[this.toolName];
  }

  ghost(draw) {
    this.painter.ghosts = draw ? [draw] : [];
    this.painter.drawMarks();
  }

  say(key, values = {}, kind = "") {
    this.tell(filled(this.words[key], values), kind);
  }

  // colours

  colourBy(mode) {
    this.mode = mode;
    if (mode === "coverage") this.link.ask("coverage", {});
    else this.recolour();
  }

  recolour(byFace = null) {
    this.byFace = byFace || this.byFace;
    this.colour();
    this.painter.changed();
    this.changed();
  }

  colour() {
    const { style, mode } = this;
    if (mode === "coverage" && this.byFace) this.faces.colour({ classes: this.byFace.classes, ofFace: this.byFace.of });
    else if (mode === "load") this.faces.colour(loadClasses(this, style));
    else if (mode === "officer") this.faces.colour(officerClasses(this, style));
    else this.faces.colour(cellColours(this, style));
  }

  /** Demand of every cell as it is shown. */
  loads() {
    const sums = new Float64Array(this.cells.length);
    if (this.demand) this.demand.forEach((value, face) => { sums[this.faces.cellOf[face]] += value; });
    return sums;
  }

  // painting

  matesOf(faces) {
    const found = new Set();
    const { order, start } = this.mates, { cellOf } = this.faces;
    for (const face of faces)
      for (let i = start[this.unitOf[face]]; i < start[this.unitOf[face] + 1]; i++)
        if (cellOf[order[i]] === cellOf[face]) found.add(order[i]);
    return found;
  }

  beginStroke() {
    this.painter.place = null;
    if (!this.stroke) this.stroke = { name: `${this.link.view}-${this.link.next}`, faces: new Set(), before: this.demand ? this.loads() : null, moves: 0, seqs: [], waits: !this.atOnce };
  }

  /** Show units in the chosen cell at once, and tell the kernel. */
  paint(found) {
    const { stroke, target } = this;
    stroke.moves += 1;
    const fresh = [...this.matesOf(found)].filter((face) => this.faces.cellOf[face] !== target && !stroke.faces.has(face));
    if (!fresh.length) return;
    const seq = this.link.do({ op: "paint", stroke: stroke.name, faces: fresh, cell: this.targetName(), moves: stroke.moves });
    stroke.moves = 0;
    stroke.seqs.push(seq);
    for (const face of fresh) stroke.faces.add(face);
    this.overlay.put(seq, fresh, target);
    this.showFaces(fresh);
    this.painter.pendingFaces = stroke.faces;
    this.tellPending();
  }

  endStroke() {
    const { stroke } = this;
    if (stroke && !stroke.waits) this.applyPending();
    else if (stroke && !stroke.faces.size) this.dropStroke();
    this.changed();
  }

  selectFaces(found) {
    if (this.target === null) { this.say("chooseFirst"); return; }
    if (!found.size) { this.say("nothingInside"); return; }
    this.beginStroke();
    this.stroke.waits = true;
    this.paint(found);
    if (!this.stroke.faces.size) this.dropStroke();
    this.showTarget();
    this.changed();
  }

  tellPending() {
    const { stroke, target } = this, n = this.unitCount(stroke.faces);
    const parts = [filled(this.words.pending, { n, cell: this.targetName() })];
    if (stroke.before) {
      const now = this.loads(), mean = now.reduce((a, b) => a + b, 0) / Math.max(1, this.cells.filter((cell) => !cell.gone).length);
      const share = (value) => `${((100 * value) / mean).toFixed(0)}%`;
      const touched = new Set([target, ...[...stroke.faces].map((face) => this.overlay.confirmed[face])]);
      for (const cell of [...touched].slice(0, 3)) parts.push(`${this.cells[cell].id}${this.words.colon}${filled(this.words.load, { before: share(stroke.before[cell]), after: share(now[cell]) })}`);
    }
    this.tell(parts.join(" · "), "pending");
  }

  unitCount(faces) {
    return new Set([...faces].map((face) => this.unitOf[face])).size;
  }

  isWaiting() {
    return Boolean(this.suggestions || this.proposal?.isReady || (this.stroke?.waits && this.stroke.faces.size));
  }

  hasPending() {
    return Boolean(this.stroke || this.suggestions || this.proposal);
  }

  applyPending() {
    if (this.suggestions) { this.acceptSuggestion(); return; }
    if (this.proposal) { this.acceptProposal(); return; }
    const { stroke } = this;
    if (!stroke) return;
    this.stroke = null;
    if (!stroke.faces.size) return;
    const seq = this.link.do({ op: "commit", stroke: stroke.name, cell: this.targetName(), moves: stroke.moves });
    this.decided.set(seq, { key: "applied", values: { n: this.unitCount(stroke.faces), cell: this.targetName() } });
    this.painter.pendingFaces = new Set();
    this.showTarget();
    this.changed();
  }

  dropStroke() {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke?.faces.size) return;
    this.link.do({ op: "drop", stroke: stroke.name });
    this.settle((seq) => stroke.seqs.includes(seq));
    this.painter.pendingFaces = new Set();
    this.painter.drawMarks();
  }

  discardPending() {
    this.suggestions = null;
    this.dropProposal();
    this.dropStroke();
    this.sayHint();
    this.changed();
  }

  // commands

  command(command, key = "done", then = null, values = {}) {
    if (this.hasPending()) { this.say("first", {}, "refused"); return; }
    this.painter.place = null;
    const seq = this.link.do(command);
    this.decided.set(seq, { key, then, values });
  }

  undo() {
    if (this.hasPending()) this.discardPending();
    else this.command({ op: "undo" }, "undone");
  }

  redo() {
    this.command({ op: "redo" }, "redone");
  }

  halve() {
    if (this.target !== null) this.command({ op: "split", cell: this.targetName(), line: null });
  }

  save() {
    this.command({ op: "save" }, "done");
  }

  // showing

  showFaces(faces) {
    const cells = new Set([...faces].map((face) => this.faces.cellOf[face]));
    const box = this.faces.show(faces, (face) => this.overlay.cellFor(face));
    if (!box) return;
    for (const face of faces) { cells.add(this.faces.cellOf[face]); this.card(face); }
    const places = this.names.settle(cells), { scale } = this.painter.view;
    for (let i = 0; i < places.length; i += 2) widen(box, [places[i] - NAME_PX[0] / scale, places[i + 1] - NAME_PX[1] / scale, places[i] + NAME_PX[0] / scale, places[i + 1] + NAME_PX[1] / scale]);
    if (this.mode === "load") { this.colour(); this.painter.changed(); } else this.painter.changed({ box });
    if (cells.has(this.target)) this.showTarget();
  }

  card(face) {
    this.faces.cards[face][2] = this.cells[this.faces.cellOf[face]].id;
  }

  settle(isDone) {
    this.showFaces(this.overlay.drop(isDone));
  }

  // hearing

  delta(message, [faces, labels]) {
    const mine = message.view === this.link.view;
    this.overlay.confirm(faces, labels);
    const touched = new Set(faces);
    for (const face of this.overlay.drop((seq) => seq === "preview" || (mine && seq <= message.seq))) touched.add(face);
    const cellsChanged = message.cells.length > 0;
    this.takeCells(message.cells);
    this.takeOutlets(message.outlets);
    this.takeOfficers(message.officers);
    this.takePlan(message.plan);
    const isRecoloured = this.mode === "officer" && Object.keys(message.officers).length > 0;
    for (const [x, y, toX, toY] of message.moves) for (const face of this.faces.shapes.moveVertex([x, y], [toX, toY])) touched.add(face);
    this.takeAbilities(message);
    if (cellsChanged || message.moves.length || isRecoloured) {
      this.faces.show(touched, (face) => this.overlay.cellFor(face));
      for (const face of touched) this.card(face);
      this.colour();
      this.names.settle();
      this.painter.changed();
    } else this.showFaces(touched);
    if (this.target !== null && this.cells[this.target].gone) this.target = null;
    this.outletsChanged(message.outlets.length > 0);
    this.showTarget();
    if (mine) this.sayDecided(message.seq); else this.say("changedElsewhere");
    this.changed();
    return checksum(this.overlay.confirmed) === message.crc;
  }

  sayDecided(seq) {
    const told = this.decided.get(seq);
    this.decided.delete(seq);
    told?.then?.();
    if (told) this.say(told.key, told.values, "done");
  }

  refused({ seq, reason, place }) {
    if (!this.decided.delete(seq) && !this.overlay.pending.some((entry) => entry.seq <= seq)) return; // heard before
    this.settle((other) => other === "preview" || other <= seq);
    this.painter.place = this.placeOf(place);
    this.showTarget();
    this.say("refused", { reason }, "refused");
    this.changed();
  }

  placeOf({ areas, lines, points }) {
    const path = (chains, closed) => {
      const made = new Path2D();
      for (const chain of chains) {
        chain.forEach(([x, y], i) => (i ? made.lineTo(x, y) : made.moveTo(x, y)));
        if (closed) made.closePath();
      }
      return made;
    };
    const box = emptyBox();
    for (const [x, y] of [...areas.flat(2), ...lines.flat(1), ...points]) widen(box, [x, y, x, y]);
    return { areas: areas.map((rings) => path(rings, true)), lines: lines.map((line) => path([line], false)), points, box };
  }
}

export function outletLayer(board, { title, style }) {
  const rows = [...board.outlets.entries()];
  return new Layer({
    key: "outlets", title, kind: "point", visible: true, searchable: true, inLegend: true, counted: true, outline: null,
    classes: [{ title, style, count: rows.length }], classOf: rows.map(() => 0), labels: null,
    fields: [title, board.words.cells], cards: rows.map(([id, [cell]]) => [id, board.cells[cell]?.id ?? ""]),
    shape: { points: rows.flatMap(([, [, x, y]]) => [x, -y]), there: rows.map(() => 1) },
  });
}
