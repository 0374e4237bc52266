// Draws the layers of a map on a canvas, and what is marked on a second one above it.
import { emptyBox, widen } from "./geometry.js";
import { drawLabels } from "./labels.js";
import { hatchPattern, symbolSprite } from "./symbols.js";

const SLOW_MS = 24;
const SETTLE_MS = 120;
const OBSTACLES = 1500;
const SEAM_PX = 2;
const AROUND_PX = 4;
const REST_MS = 400;

export class Painter {
  constructor({ canvas, over, layers, view, colours }) {
    Object.assign(this, { canvas, over, layers, view, colours });
    this.context = canvas.getContext("2d", { alpha: false });
    this.marks = over.getContext("2d");
    this.still = document.createElement("canvas");
    this.listeners = [];
    this.marked = this.hovered = null;
    this.crosshair = false;
    this.cost = 0;
    this.symbolBoxes = [];
  }

  resize(ratio = window.devicePixelRatio || 1) {
    this.ratio = ratio;
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth !== this.view.width || clientHeight !== this.view.height) this.view.resize(clientWidth || 600, clientHeight || 400);
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(this.view.width * ratio);
      canvas.height = Math.round(this.view.height * ratio);
    }
    this.context.fillStyle = this.colours.ground; // an opaque canvas is black until something is drawn on it
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.stillView = null;
  }

  /** Ask for a new drawing, or that of a box in map units; while the hand moves, a slow map shows its last picture moved along. */
  changed({ moving = false, box = null } = {}) {
    this.moving = moving;
    if (box && !this.showsStill && this.due !== "whole") widen(this.due = this.due || emptyBox(), box);
    else this.due = "whole";
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => this.drawNow());
  }

  /** Fit the canvas to its place and draw at once, so that no frame is shown without the map. */
  fit() {
    this.resize();
    this.changed();
    this.drawNow();
  }

  drawNow() {
    cancelAnimationFrame(this.pending);
    this.pending = null;
    if (this.moving && this.cost > SLOW_MS && this.stillView) {
      this.drawStill();
      this.showsStill = true;
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.changed(), SETTLE_MS);
    } else this.draw(this.due === "whole" ? null : this.due);
    this.due = null;
    this.drawMarks();
    for (const listener of this.listeners) listener();
  }

  drawStill() {
    const { context: c, view, stillView } = this;
    const grow = view.scale / stillView.scale;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = this.colours.ground;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    c.drawImage(
      this.still, (view.x - stillView.x * grow) * this.ratio, (view.y - stillView.y * grow) * this.ratio,
      this.still.width * grow, this.still.height * grow,
    );
  }

  /** Whether any of a box in map units will be drawn. */
  sees(box) {
    const { part } = this;
    return this.view.sees(box) && (!part || (box[0] <= part[2] && box[2] >= part[0] && box[1] <= part[3] && box[3] >= part[1]));
  }

  /** Draw nothing outside a box in map units and its surroundings; borders of whole pixels keep the rest untouched. */
  clipTo(box, around) {
    const { context: c, view, ratio: r } = this, margin = around / view.scale;
    this.part = [box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin];
    const [x0, y0] = view.toScreen(this.part[0], this.part[1]), [x1, y1] = view.toScreen(this.part[2], this.part[3]);
    const left = Math.floor(x0 * r), top = Math.floor(y0 * r);
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.beginPath();
    c.rect(left, top, Math.ceil(x1 * r) - left, Math.ceil(y1 * r) - top);
    c.clip();
  }

  draw(part = null) {
    const started = performance.now();
    const c = this.context;
    this.part = null;
    this.showsStill = false;
    c.save();
    if (part) this.clipTo(part, AROUND_PX);
    this.paint(c);
    c.restore();
    const cost = performance.now() - started;
    clearTimeout(this.settling);
    if (part) {
      this.stillView = null;
      this.settling = setTimeout(() => this.changed(), REST_MS); // labels elsewhere may have made room
      return;
    }
    this.cost = cost;
    if (cost > SLOW_MS) this.keepStill();
  }

  paint(c) {
    this.onScreen(c);
    c.fillStyle = this.colours.ground;
    c.fillRect(0, 0, this.view.width, this.view.height);
    c.lineJoin = c.lineCap = "round";
    this.symbolBoxes = [];
    for (const layer of this.layers) if (layer.visible) this[`${layer.kind}Layer`](layer);
    this.onScreen(c);
    this.labelCount = drawLabels(c, this.layers, this);
  }

  keepStill() {
    const { x, y, scale } = this.view;
    this.still.width = this.canvas.width;
    this.still.height = this.canvas.height;
    this.still.getContext("2d").drawImage(this.canvas, 0, 0);
    this.stillView = { x, y, scale };
  }

  onMap(c) {
    const r = this.ratio, { scale, x, y } = this.view;
    c.setTransform(scale * r, 0, 0, scale * r, x * r, y * r);
  }

  onScreen(c) {
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
  }

  /** Stroke a path, or what was traced on the canvas itself. */
  stroke(c, path, style, { fade = 1 } = {}) {
    const { scale } = this.view;
    c.strokeStyle = style.stroke;
    c.globalAlpha = fade;
    c.lineWidth = style.width / scale;
    c.setLineDash((style.dash || []).map((length) => length / scale));
    if (path) c.stroke(path); else c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  }

  areaLayer(layer) {
    const c = this.context, { scale } = this.view;
    const { fills, edges, seams, borders } = layer.paths;
    this.onMap(c);
    const seen = (groups) => groups.filter((group) => this.sees(group.box));
    // where two fills meet, half a pixel of each would let the ground through
    c.lineCap = "butt"; // none of it must stick out where a seam meets the outer border
    for (const { path, number } of seen(seams)) this.stroke(c, path, { stroke: layer.classes[number].style.fill, width: SEAM_PX });
    c.lineCap = "round";
    for (const { path, number } of seen(fills)) {
      const { style } = layer.classes[number];
      if (style.fill) { c.fillStyle = style.fill; c.fill(path); }
      if (style.hatch) { c.fillStyle = hatchPattern(c, style, { ratio: this.ratio, unit: 1 / (scale * this.ratio) }); c.fill(path); }
    }
    const fade = this.borderFade(layer);
    if (layer.outline) for (const { path } of seen(borders)) this.stroke(c, path, layer.outline, { fade });
    for (const { path, number } of seen(edges)) this.stroke(c, path, layer.classes[number].style, { fade });
  }

  /** Borders of features that are a few pixels wide would cover them. */
  borderFade(layer) {
    if (layer.count < 500) return 1;
    const side = this.view.scale * layer.typicalSide();
    return Math.min(1, Math.max(0.12, (side - 2) / 10));
  }

  lineLayer(layer) {
    this.onMap(this.context);
    for (const { path, box, number } of layer.paths.lines)
      if (this.sees(box)) this.stroke(this.context, path, layer.classes[number].style);
  }

  /** Small on the whole map, full size where one looks closely; smaller still where there are many. */
  symbolGrow(layer) {
    const crowd = layer.count > 300 ? 0.72 : 0.9;
    return Math.round(20 * Math.min(Math.max(crowd * Math.sqrt(this.view.scale / this.view.fitScale), crowd), 1.3)) / 20;
  }

  pointLayer(layer) {
    const c = this.context, r = this.ratio, grow = this.symbolGrow(layer);
    c.setTransform(1, 0, 0, 1, 0, 0);
    for (const feature of layer.shapes.order) {
      if (!layer.drawn[feature]) continue;
      const [x, y] = this.view.toScreen(layer.anchors[2 * feature], layer.anchors[2 * feature + 1]);
      if (x < -20 || y < -20 || x > this.view.width + 20 || y > this.view.height + 20) continue;
      const style = layer.styleOf(feature);
      const sprite = symbolSprite(style, grow, r);
      c.drawImage(sprite, Math.round(x * r - sprite.width / 2), Math.round(y * r - sprite.height / 2));
      const half = (style.size / 2) * grow;
      if (this.symbolBoxes.length < OBSTACLES) this.symbolBoxes.push([x - half, y - half, x + half, y + half]);
    }
  }

  drawMarks() {
    const c = this.marks;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.over.width, this.over.height);
    c.lineJoin = c.lineCap = "round";
    if (this.hovered) this.mark(this.hovered, { colour: this.colours.ink, width: 1.8 });
    if (this.marked) this.mark(this.marked, { colour: this.colours.selected, width: 3 });
    if (this.crosshair) this.drawCrosshair();
  }

  mark({ layer, feature }, { colour, width }) {
    if (!layer.visible || !layer.drawn[feature]) return;
    const c = this.marks;
    if (layer.kind === "point") {
      this.onScreen(c);
      const [x, y] = this.view.toScreen(layer.anchors[2 * feature], layer.anchors[2 * feature + 1]);
      const radius = (layer.styleOf(feature).size / 2) * this.symbolGrow(layer) + 4;
      for (const [stroke, lineWidth] of [[this.colours.halo, width + 2.5], [colour, width]]) {
        Object.assign(c, { strokeStyle: stroke, lineWidth });
        c.beginPath();
        c.arc(x, y, radius, 0, 2 * Math.PI);
        c.stroke();
      }
      return;
    }
    this.onMap(c);
    const path = layer.pathOf(feature);
    this.stroke(c, path, { stroke: this.colours.halo, width: width + 2.5 });
    this.stroke(c, path, { stroke: colour, width });
  }

  drawCrosshair() {
    const c = this.marks, { width, height } = this.view;
    this.onScreen(c);
    c.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      c.moveTo(width / 2 + 4 * dx, height / 2 + 4 * dy);
      c.lineTo(width / 2 + 16 * dx, height / 2 + 16 * dy);
    }
    for (const [strokeStyle, lineWidth] of [[this.colours.halo, 5.5], [this.colours.ink, 2.2]]) { // seen on any fill
      Object.assign(c, { strokeStyle, lineWidth });
      c.stroke();
    }
  }

  /** Everything that answers at a place of the screen, the nearest symbol first, then lines, then areas, topmost first. */
  hitsAt(px, py) {
    const hits = [];
    const [x, y] = this.view.toMap(px, py);
    const rank = { point: 0, line: 1, area: 2 };
    this.layers.forEach((layer, order) => {
      if (!layer.visible || !layer.cards) return;
      const near = layer.kind === "area" ? 0 : (layer.kind === "point" ? 9 : 5) / this.view.scale;
      for (let feature = 0; feature < layer.count; feature++) {
        const at = 4 * feature, { boxes } = layer;
        if (x < boxes[at] - near || y < boxes[at + 1] - near || x > boxes[at + 2] + near || y > boxes[at + 3] + near) continue;
        const distance = this.distanceTo(layer, feature, [x, y]);
        if (distance <= near * near) hits.push({ layer, feature, distance, order, rank: rank[layer.kind] });
      }
    });
    return hits.sort((a, b) => a.rank - b.rank || (a.rank === 0 ? a.distance - b.distance : 0) || b.order - a.order || a.distance - b.distance);
  }

  distanceTo(layer, feature, [x, y]) {
    if (layer.kind === "area") return layer.shapes.contains(feature, x, y) ? 0 : Infinity;
    if (layer.kind === "line") return layer.shapes.distance(feature, x, y);
    return (layer.anchors[2 * feature] - x) ** 2 + (layer.anchors[2 * feature + 1] - y) ** 2;
  }
}
