// The map of a studio: the viewer's painter, with faces that change cells and marks for what is under way.
import { traceChain } from "./geometry.js";
import { Hand } from "./pointer.js";
import { Painter } from "./painter.js";
import { hatchPattern } from "./symbols.js";

const SEAM = 2;
const LEAST_UNIT_PX = 5;
const REFUSED = "#b3261e";

export class StudioPainter extends Painter {
  constructor(parts) {
    super(parts);
    this.ghosts = []; // functions that draw what a tool has under way
    this.place = null; // where an edit was refused, in map units
    this.target = null;
    this.pendingFaces = new Set();
  }

  areaLayer(layer) {
    if (layer.isNames) return;
    if (layer.cellOf) this.faceLayer(layer);
    else super.areaLayer(layer);
  }

  faceLayer(layer) {
    const c = this.context, { shapes, looks } = layer;
    this.onMap(c);
    const seen = shapes.chunks.filter((chunk) => this.sees(chunk.box)).map((chunk) => shapes.partsOf(chunk, { keep: !this.part }));
    c.lineCap = "butt";
    for (const { seams } of seen) for (const [number, part] of seams) this.stroke(c, this.ready(c, part), { stroke: layer.classes[number].style.fill, width: SEAM });
    c.lineCap = "round";
    for (const { fills } of seen) for (const [number, part] of fills) this.fill(c, this.ready(c, part), layer.classes[number].style);
    const side = this.view.scale * layer.typicalSide();
    if (looks.units && side > LEAST_UNIT_PX) for (const { inner } of seen) this.stroke(c, this.ready(c, inner), looks.unit, { fade: Math.min(1, (side - 3) / 14) });
    for (const { outer } of seen) this.stroke(c, this.ready(c, outer), looks.cell);
  }

  /** The path of a part, or none if it is now traced on the canvas itself. */
  ready(c, { path, trace }) {
    if (path) return path;
    c.beginPath();
    trace(c);
    return undefined;
  }

  fill(c, path, style) {
    const fill = () => { if (path) c.fill(path); else c.fill(); };
    c.fillStyle = style.fill;
    fill();
    if (!style.hatch) return;
    c.fillStyle = hatchPattern(c, style, { ratio: this.ratio, unit: 1 / (this.view.scale * this.ratio) });
    fill();
  }

  /** Distances of points count for symbols; hovering asks for the face by its own search. */
  drawMarks() {
    super.drawMarks();
    const c = this.marks;
    this.onMap(c);
    const faces = this.layers.find((layer) => layer.cellOf);
    if (this.target) this.around(c, faces, this.target, { stroke: this.colours.ink, width: 2.6 });
    if (this.pendingFaces.size) this.around(c, faces, faces.shapes.outlineOf(this.pendingFaces), { stroke: this.colours.selected, width: 2.4, dash: [6, 4] });
    if (this.place) this.drawPlace(c, this.place);
    for (const ghost of this.ghosts) { this.onScreen(c); ghost(c, this); }
  }

  /** Arcs go to the canvas itself: a path object for every edit would lie in memory until the browser tidies up. */
  around(c, faces, arcs, style) {
    c.beginPath();
    for (const arc of arcs) traceChain(c, faces.shapes.chains, arc);
    this.outline(c, undefined, style);
  }

  outline(c, path, style) {
    this.stroke(c, path, { stroke: this.colours.halo, width: style.width + 2.4 });
    this.stroke(c, path, style);
  }

  /** A refused place: hatched and outlined, so that it does not hang on colour alone. */
  drawPlace(c, { areas, lines, points }) {
    const hatch = { hatch: "cross", hatch_colour: REFUSED };
    c.fillStyle = hatchPattern(c, hatch, { ratio: this.ratio, unit: 1 / (this.view.scale * this.ratio) });
    for (const path of areas) { c.fill(path); this.outline(c, path, { stroke: REFUSED, width: 2.4 }); }
    for (const path of lines) this.outline(c, path, { stroke: REFUSED, width: 3 });
    this.onScreen(c);
    for (const point of points) {
      const [x, y] = this.view.toScreen(...point);
      for (const [stroke, width] of [[this.colours.halo, 6], [REFUSED, 3]]) {
        Object.assign(c, { strokeStyle: stroke, lineWidth: width });
        c.beginPath();
        c.arc(x, y, 13, 0, 2 * Math.PI);
        c.moveTo(x - 9, y - 9);
        c.lineTo(x + 9, y + 9);
        c.stroke();
      }
    }
    this.onMap(c);
  }
}

/** The hand holds a tool: one finger or the left button works with it, everything else moves the map. */
export class ToolHand extends Hand {
  constructor(canvas, painter, answers, tool) {
    super(canvas, painter, answers);
    this.tool = tool; // returns the tool in hand, or null
    this.working = null;
    this.carrying = null;
    this.touches = new Set();
  }

  down(event) {
    if (event.pointerType === "touch") this.touches.add(event.pointerId);
    if (event.button === 1) {
      event.preventDefault();
      this.canvas.setPointerCapture(event.pointerId);
      this.carrying = { id: event.pointerId, at: this.place(event) };
      return;
    }
    const tool = this.tool();
    if (this.touches.size > 1 && this.working) {
      this.working.cancel();
      this.working = null;
    }
    if (!tool || event.button !== 0 || this.touches.size > 1) { super.down(event); return; }
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event)); // should a second finger come
    this.moved = 0;
    this.working = tool;
    this.hover(null); // no card in the way of the hand
    tool.press(this.place(event), event);
  }

  move(event) {
    if (this.carrying?.id === event.pointerId) {
      const [x, y] = this.place(event);
      this.painter.view.pan(x - this.carrying.at[0], y - this.carrying.at[1]);
      this.carrying.at = [x, y];
      this.painter.changed({ moving: true });
      return;
    }
    if (!this.working) {
      super.move(event);
      if (!this.fingers.has(event.pointerId)) this.tool()?.hover?.(this.place(event), event);
      return;
    }
    if (!this.fingers.has(event.pointerId)) return;
    this.fingers.set(event.pointerId, this.place(event));
    const all = event.getCoalescedEvents?.() || [];
    for (const one of all.length ? all : [event]) this.working.drag(this.place(one), one);
  }

  up(event) {
    this.touches.delete(event.pointerId);
    if (this.carrying?.id === event.pointerId) { this.carrying = null; return; }
    if (!this.working || !this.fingers.has(event.pointerId)) { super.up(event); return; }
    this.fingers.delete(event.pointerId);
    const tool = this.working;
    this.working = null;
    if (event.type === "pointerup") tool.release(this.place(event), event);
    else tool.cancel();
  }

  twice(event) {
    if (!this.tool()) super.twice(event);
  }
}
