// Puts the parts together.
import { addNorth, addTools, drawScale, scaleBar, updateScale } from "./furniture.js";
import { Layer } from "./geometry.js";
import { Painter } from "./painter.js";
import { addLegend, addSearch, fillCard, placeCard } from "./panel.js";
import { listenToKeys, listenToPointer } from "./pointer.js";
import { addFilter } from "./filter.js";
import { addTables } from "./tables.js";
import { View } from "./view.js";

const PAPER_RATIO = 3;
const COLOURS = ["ground", "paper", "halo", "ink", "muted", "selected", "font"];

const find = (selector) => document.querySelector(selector);

function colourBook() {
  const computed = getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOURS.map((name) => [name, computed.getPropertyValue(`--${name}`).trim()]));
}

/** What the card tells: the pinned feature, else what lies under the crosshair, else under the pointer. */
class Card {
  constructor(painter, words) {
    Object.assign(this, { painter, words, host: find(".card"), pinned: null, pointer: null, told: "" });
  }

  middle() {
    return [this.painter.view.width / 2, this.painter.view.height / 2];
  }

  hits() {
    const { painter } = this;
    if (this.pinned) return [this.pinned];
    const place = painter.crosshair ? this.middle() : this.pointer;
    return place ? painter.hitsAt(...place) : [];
  }

  place() {
    if (this.pinned && this.pinned.layer.drawn[this.pinned.feature]) {
      const { layer, feature } = this.pinned;
      return this.painter.view.toScreen(layer.anchors[2 * feature], layer.anchors[2 * feature + 1]);
    }
    return this.painter.crosshair || !this.pointer ? this.middle() : this.pointer;
  }

  /** Bring card and marks up to date; true if the marks changed. */
  update() {
    const hits = this.hits();
    const told = `${Boolean(this.pinned)} ${hits.map(({ layer, feature }) => `${layer.key}/${feature}`).join(" ")}`;
    if (told !== this.told) fillCard(this.host, hits, { words: this.words, pinned: Boolean(this.pinned), unpin: () => this.pin(null) });
    if (hits.length) placeCard(this.host, this.place(), this.painter.view);
    const isNew = told !== this.told;
    this.told = told;
    this.painter.marked = this.pinned;
    this.painter.hovered = this.pinned ? null : hits[0] || null;
    return isNew;
  }

  pin(hit) {
    this.pinned = hit;
    this.refresh();
  }

  refresh() {
    if (this.update()) this.painter.drawMarks();
  }
}

function listen(painter, card) {
  const { canvas } = painter;
  const pick = (place) => {
    const [hit = null] = place ? painter.hitsAt(...place) : [];
    const same = hit && card.pinned && hit.layer === card.pinned.layer && hit.feature === card.pinned.feature;
    card.pin(same ? null : hit);
  };
  const hover = (place) => {
    card.pointer = place;
    canvas.classList.toggle("answers", Boolean(place) && painter.hitsAt(...place).length > 0);
    if (!card.pinned) card.refresh();
  };
  listenToPointer(canvas, painter, { hover, pick });
  listenToKeys(canvas, painter, { look: () => painter.changed(), pick });
}

function show(layer, feature, { painter, card }) {
  if (!layer.visible) find(`input[data-layer="${CSS.escape(layer.key)}"]`)?.click();
  if (layer.drawn[feature]) painter.view.goTo(layer.boxOf(feature));
  card.pin(layer.cards ? { layer, feature } : null);
  painter.changed();
  painter.canvas.closest(".map").scrollIntoView({ block: "nearest" });
}

/** On paper the picture is finer, and carries its own scale bar; tables have all their rows. */
function listenToPrinter(painter, { metresPerUnit, tables }) {
  addEventListener("beforeprint", () => {
    for (const table of tables) table.unfold(true);
    painter.resize(PAPER_RATIO);
    painter.draw();
    painter.onScreen(painter.context);
    drawScale(painter.context, scaleBar(painter.view, metresPerUnit), { height: painter.view.height, colours: painter.colours });
  });
  addEventListener("afterprint", () => {
    for (const table of tables) table.unfold(false);
    painter.resize();
    painter.changed();
  });
}

function start() {
  const { layers: rawLayers, words, home, metresPerUnit, north, tables, lang, filterBy } = JSON.parse(find("#gridpart-data").textContent);
  const layers = rawLayers.map((raw) => new Layer(raw));
  const colours = colourBook();
  const view = new View(home);
  const painter = new Painter({ canvas: find(".map > canvas"), over: find(".over canvas"), layers, view, colours });
  const card = new Card(painter, words);
  const choose = (layer, feature) => show(layer, feature, { painter, card });
  const moved = (change) => () => { change(); painter.changed(); };
  addTools(find(".tools"), words, {
    zoomIn: moved(() => view.zoom(1.6)), zoomOut: moved(() => view.zoom(1 / 1.6)), whole: moved(() => view.fit()),
  });
  addNorth(find(".north"), north, { colours, words });
  addLegend(find(".legend"), layers, () => painter.changed());
  addSearch(find(".search"), layers, { words, choose });
  const sorted = addTables(find(".tables"), tables, { layers, words, lang, choose });
  addFilter(find(".search"), filterBy, { layers, tables: sorted, words, painter });
  listen(painter, card);
  listenToPrinter(painter, { metresPerUnit, tables: sorted });
  painter.listeners.push(
    () => { if (card.update()) painter.drawMarks(); },
    () => updateScale(find(".scale"), scaleBar(view, metresPerUnit)),
    () => Object.assign(find(".map").dataset, { labelsFitting: painter.labelCount.fitting, labelsShown: painter.labelCount.shown }),
    () => { document.documentElement.dataset.ready = "true"; },
  );
  new ResizeObserver(() => painter.fit()).observe(painter.canvas);
}

start();
