// Puts the parts together, once for each view of a studio.
import { addNorth, addTools, element, scaleBar, updateScale } from "./furniture.js";
import { Layer } from "./geometry.js";
import { addLegend, addSearch, counted, fillCard, placeCard } from "./panel.js";
import { listenToPointer } from "./pointer.js";
import { swatch } from "./symbols.js";
import { View } from "./view.js";
import { Aside } from "./aside.js";
import { Bar } from "./bar.js";
import { Board, outletLayer } from "./board.js";
import { StudioPainter, ToolHand } from "./canvas.js";
import { CellPanel } from "./cell.js";
import { FaceLayer, NameLayer } from "./faces.js";
import { listenToStudioKeys } from "./keys.js";
import { Link } from "./link.js";
import { checksum } from "./overlay.js";
import { PlanPanel } from "./plan.js";

function skeleton(words, height) {
  const root = element("div", null, { class: "studio" });
  root.style.setProperty("--height", height);
  const part = (parent, tag, attributes) => parent.appendChild(element(tag, null, attributes));
  const bar = part(root, "div", { class: "toolbar", role: "toolbar", "aria-label": words.tools });
  const middle = part(root, "div", { class: "middle" });
  const map = part(middle, "section", { class: "map", "aria-label": words.map });
  const canvas = part(map, "canvas", { tabindex: "0", role: "application", "aria-label": words.map });
  const over = part(part(map, "div", { class: "over", "aria-hidden": "true" }), "canvas", {});
  const names = { tools: "tools", north: "north", scale: "scale", card: "card" };
  const furniture = Object.fromEntries(Object.entries(names).map(([name, css]) => [name, part(map, "div", { class: css })]));
  furniture.card.hidden = true;
  const aside = part(middle, "aside", {});
  const search = part(aside, "div", { class: "search" }), beside = new Aside(aside, words);
  const legend = part(beside.panels.layers, "div", { class: "legend" });
  const line = part(root, "div", { class: "line" });
  return { root, bar, map, canvas, over, ...furniture, aside, search, beside, legend, line };
}

class Studio {
  constructor(model, el) {
    this.model = model;
    this.words = model.get("words");
    this.colours = model.get("colours");
    this.parts = skeleton(this.words, model.get("height"));
    const shadow = el.shadowRoot || el.attachShadow({ mode: "open" });
    const sheet = element("style", model.get("sheet"));
    shadow.replaceChildren(sheet, this.parts.root);
    el.setAttribute("data-lm-suppress-shortcuts", "true"); // the notebook's own keys would answer to ours
    el.lang = model.get("lang");
    this.started = performance.now();
    this.view = new View([0, 0, 1, 1]);
    this.painter = new StudioPainter({ canvas: this.parts.canvas, over: this.parts.over, layers: [], view: this.view, colours: this.colours });
    this.board = new Board({ words: this.words, painter: this.painter, canSave: model.get("can_save") });
    this.bar = new Bar(this.parts.bar, this.parts.line, this.board);
    this.board.tell = (text, kind) => this.bar.say(text, kind);
    this.board.changed = () => this.update();
    this.board.focusApply = () => this.bar.apply.focus({ preventScroll: true });
    this.board.focusMap = () => this.parts.canvas.focus({ preventScroll: true });
    this.board.askOutlet = (told, changed) => this.bar.askOutlet(told, changed);
    this.board.openPlan = () => this.parts.beside.enter("plan");
    this.board.showDifference = (layer) => this.showDifference(layer);
    this.parts.beside.opened = (name) => { if (name === "plan" && this.board.faces) this.link.ask("references", {}); this.update(); };
    this.board.outletsChanged = (isNew) => { if (isNew) this.placeOutlets(); };
    this.board.makeFaces = (raw, labels, looks) => this.makeFaces(raw, labels, looks);
    this.pointer = null;
    this.link = new Link(model, {
      studio: model.get("studio"),
      hear: (message, buffers) => this.hear(message, buffers),
      silent: (isSilent, n) => this.silent(isSilent, n),
    });
    this.board.link = this.link;
    this.link.crc = () => checksum(this.board.overlay.confirmed);
    this.listen();
    this.link.hello();
  }

  update() {
    const { board, parts } = this;
    if (!board.faces) return;
    this.bar.update();
    this.showClasses();
    if (parts.beside.shown === "cell") this.cellPanel.update();
    if (parts.beside.shown === "plan") this.planPanel.update();
  }

  close() {
    this.sizes.disconnect();
    this.link.close();
  }

  // hearing the kernel

  hear(message, buffers) {
    const { board, link } = this;
    if (message.t === "base") this.base(message, buffers);
    else if (!board.faces) return;
    else if (message.t === "delta") this.delta(message, buffers);
    else if (message.t === "refused") { board.refused(message); this.comeTo(board.painter.place); }
    else if (message.t === "ack") this.acknowledged(message);
    else if (message.t === "answer" && message.kind === "outlet") board.showPreview(message);
    else if (message.t === "answer" && message.kind === "coverage") board.recolour(message);
    else if (message.t === "answer" && message.kind === "suggest") board.suggested(message);
    else if (message.t === "answer" && message.kind === "flags") this.addFlags(message);
    else if (message.t === "answer" && message.kind === "try") { board.tried(message); this.comeTo(board.painter.place); }
    else if (message.t === "answer" && message.kind === "references") this.planPanel.takeReferences(message);
    else if (message.t === "answer" && message.kind === "compare") { board.compared(message); board.changed(); }
    else if (message.t === "saved") { board.saved = message.rev; board.say(message.effective ? "adoptedFrom" : "saved", message, "done"); board.changed(); }
    else if (message.t === "show") { board.choose(message.cell); this.goTo({ key: "names" }, message.cell); }
    this.tellWaiting(link.queue.length);
  }

  base(message, buffers) {
    const { board, link, view } = this, isFirst = !board.faces;
    const queue = link.queue.filter((event) => event.seq > message.done);
    link.rev = message.rev;
    link.got = message.got;
    link.decided(message.done);
    this.metresPerUnit = message.metresPerUnit;
    board.base(message, buffers, { looks: message.looks, style: message.style });
    for (const { seq, c } of queue) if (c.op === "paint" && board.numberOf(c.cell) >= 0) board.overlay.put(seq, c.faces, board.numberOf(c.cell));
    board.faces.show([...board.overlay.pending.flatMap((entry) => [...entry.faces.keys()])], (face) => board.overlay.cellFor(face));
    link.resend(message.got);
    this.context = message.context.map((raw) => new Layer(raw));
    if (board.comparison) this.context.push(board.comparison.layer);
    this.style = message.outletStyle;
    if (isFirst) { Object.assign(view, { home: message.home }); view.fit(); }
    this.placeOutlets();
    addNorthOnce(this.parts.north, message.north, { colours: this.colours, words: this.words });
    this.fillAside(message);
    board.showTarget();
    board.sayHint();
    this.painter.resize();
    this.painter.changed();
    if (this.afterBase) board.sayDecided(this.afterBase);
    this.afterBase = null;
    board.changed();
  }

  makeFaces(raw, labels, looks) {
    const { board } = this;
    board.faces = new FaceLayer(raw, labels);
    board.faces.looks = looks;
    board.names = new NameLayer(board.faces, { title: this.words.cells, fill: this.colours.paper });
  }

  placeOutlets() {
    const { board, painter } = this;
    const visible = this.outlets ? this.outlets.visible : true;
    const fresh = outletLayer(board, { title: this.words.outlets, style: this.style });
    if (this.outlets) Object.assign(this.outlets, fresh, { visible }); else this.outlets = fresh;
    painter.layers = [board.faces, ...this.context.filter((layer) => layer.kind !== "point"), board.names, ...this.context.filter((layer) => layer.kind === "point"), this.outlets];
    painter.changed();
  }

  delta(message, buffers) {
    if (message.rev <= this.link.rev) return;
    if (message.rev > this.link.rev + 1) { this.link.catchUp(); return; }
    if (message.rebase) { // the faces come anew; then it is said what was done
      this.link.rev = null;
      this.afterBase = message.view === this.link.view ? message.seq : null;
      this.link.hello();
      return;
    }
    this.link.rev = message.rev;
    const ints = buffers.map((buffer) => new Int32Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)));
    if (!this.board.delta(message, ints)) { this.link.rev = null; this.link.hello(); }
    this.parts.root.dataset.rev = message.rev;
  }

  acknowledged({ done, rev }) {
    if (rev === this.link.rev) this.board.settle((seq) => seq !== "preview" && seq <= done);
  }

  silent(isSilent, n) {
    if (isSilent) this.board.say("silent", { n }, "refused");
    else if (this.wasSilent) this.board.say("ready");
    this.wasSilent = isSilent;
    this.tellWaiting(n);
  }

  tellWaiting(n) {
    this.bar.link.textContent = n > 1 ? this.words.waiting.replace("{n}", n) : "";
    Object.assign(this.parts.root.dataset, { queued: n, rev: this.link.rev });
  }

  // beside the map

  fillAside({ lazy, who }) {
    const { legend, search, beside } = this.parts, { board } = this;
    if (!this.planPanel) {
      const choose = (cell) => { board.choose(board.numberOf(cell)); this.goTo({ key: "names" }, board.numberOf(cell)); };
      this.planPanel = new PlanPanel(beside.panels.plan, board, { who, choose, goTo: (layer, feature) => this.goTo(layer, feature) });
      this.cellPanel = new CellPanel(beside.panels.cell, board, () => this.planPanel.who);
    }
    legend.replaceChildren(element("h2", this.words.legend));
    const units = element("label", null, { class: "check" }), check = element("input", null, { type: "checkbox" });
    check.checked = board.faces.looks.units;
    check.addEventListener("change", () => { board.faces.looks.units = check.checked; this.painter.changed(); });
    units.append(check, element("span", this.words.units));
    this.classes = element("ul", null, { class: "classes" });
    legend.append(this.classes, units);
    addLegend(legend, [...this.context, this.outlets], () => this.painter.changed());
    for (const { key, title } of lazy) this.addLazy(key, title);
    search.replaceChildren();
    const cells = { key: "names", title: this.words.cells, searchable: true, cards: board.cells.map((cell) => [cell.id, ""]) };
    addSearch(search, [cells, board.faces, this.outlets, ...this.context], { words: this.words, choose: (layer, feature) => this.goTo(layer, feature) });
  }

  /** A layer that the kernel works out when it is switched on. */
  addLazy(key, title) {
    const box = element("div", null, { class: "layer" }), label = element("label"), check = element("input", null, { type: "checkbox", "data-layer": key });
    check.addEventListener("change", () => {
      check.disabled = true;
      this.board.say("working");
      this.link.ask(key, {});
    });
    label.append(check, element("span", title, { dir: "auto" }));
    box.append(label);
    this.parts.legend.append(box);
    this.lazyBox = box;
  }

  addFlags({ layers }) {
    const made = layers.map((raw) => new Layer(raw));
    this.context.push(...made);
    this.lazyBox.replaceChildren();
    addLegend(this.lazyBox, made, () => this.painter.changed());
    this.placeOutlets();
    this.board.sayHint();
  }

  /** The difference from another plan lies above the cells and below their names. */
  showDifference(layer) {
    this.context = this.context.filter(({ key }) => key !== "difference");
    if (layer) this.context.push(layer);
    this.placeOutlets();
  }

  showClasses() {
    const { board } = this, { faces } = board;
    if (!this.classes) return;
    const titled = board.mode === "cell" ? [] : faces.classes;
    const told = titled.map(({ title }) => title).join("\n");
    if (told === this.toldClasses) return;
    this.toldClasses = told;
    this.classes.replaceChildren(...titled.map(({ title, style }) => {
      const item = element("li");
      item.append(swatch("area", style, faces.looks.cell), element("span", title, { dir: "auto" }));
      return item;
    }));
  }

  goTo(layer, feature) {
    const { board, view, painter } = this;
    const box = (layer.key === "names" ? board.names : layer).boxOf(feature);
    if (box[0] <= box[2]) view.goTo(box);
    if (layer.key === "names") board.choose(feature);
    painter.changed();
  }

  /** Bring a refused place into sight. */
  comeTo(place) {
    if (!place || place.box[0] > place.box[2]) return;
    const { view } = this, [x, y] = view.toScreen((place.box[0] + place.box[2]) / 2, (place.box[1] + place.box[3]) / 2);
    if (x < 0 || y < 0 || x > view.width || y > view.height) view.goTo(place.box);
    this.painter.changed();
  }

  // hands

  listen() {
    const { painter, board, parts, view } = this, { canvas } = parts;
    const moved = (change) => () => { change(); painter.changed(); };
    addTools(parts.tools, this.words, { zoomIn: moved(() => view.zoom(1.6)), zoomOut: moved(() => view.zoom(1 / 1.6)), whole: moved(() => view.fit()) });
    const answers = { hover: (place) => this.hover(place), pick: (place) => this.pick(place) };
    listenToPointer(canvas, painter, answers, new ToolHand(canvas, painter, answers, () => board.faces && board.tool()));
    listenToStudioKeys(parts.root, this);
    painter.listeners.push(
      () => updateScale(parts.scale, scaleBar(view, this.metresPerUnit)),
      () => { parts.root.dataset.ready ||= String(Math.round(performance.now() - this.started)); },
    );
    this.sizes = new ResizeObserver(() => { if (board.faces) painter.fit(); else painter.resize(); });
    this.sizes.observe(canvas);
  }

  pick(place) {
    const face = place ? this.board.faceAt(place) : -1;
    if (face < 0) return;
    this.parts.beside.open("cell");
    this.board.choose(this.board.faces.cellOf[face]);
  }

  hover(place) {
    const { painter, parts, board } = this;
    if (!board.faces) return;
    const hits = place ? painter.hitsAt(...place) : [];
    const told = hits.map(({ layer, feature }) => `${layer.key}/${feature}/${layer.cellOf?.[feature]}`).join(" ");
    if (told !== this.told) fillCard(parts.card, hits, { words: this.words, pinned: false, unpin: () => {} });
    this.told = told;
    if (hits.length) placeCard(parts.card, place, this.view);
    const [first = null] = hits;
    if (first?.feature !== painter.hovered?.feature || first?.layer !== painter.hovered?.layer) { painter.hovered = first; painter.drawMarks(); }
  }
}

function addNorthOnce(host, degrees, options) {
  if (!host.firstChild) addNorth(host, degrees, options);
}

function render({ model, el }) {
  const studio = new Studio(model, el);
  el.gridpartStudio = studio;
  return () => studio.close();
}

export default { render };
