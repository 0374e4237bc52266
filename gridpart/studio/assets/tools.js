// What each tool does between press and release. Places come in px of the screen.
import { Border } from "./borders.js";
import { GRAB_PX, inked, Tool, traced } from "./hands.js";
import { OutletTool } from "./siting.js";

const SAMPLE_PX = 3;

function polygonHas(points, x, y) {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [xa, ya] = points[i], [xb, yb] = points[j];
    if (ya > y !== yb > y && x < xa + ((xb - xa) * (y - ya)) / (yb - ya)) inside = !inside;
  }
  return inside;
}

function distanceToSegment([x, y], [xa, ya], [xb, yb]) {
  const dx = xb - xa, dy = yb - ya;
  const share = Math.min(1, Math.max(0, ((x - xa) * dx + (y - ya) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(xa + share * dx - x, ya + share * dy - y);
}

/** Paints units under the hand into the chosen cell; the first press on a cell chooses it. */
class Brush extends Tool {
  press(place) {
    const { desk } = this;
    const face = desk.faceAt(place);
    if (face < 0) return;
    if (desk.target === null) { desk.choose(desk.faces.cellOf[face]); desk.say("chosen", { cell: desk.targetName() }); return; }
    this.busy = true;
    this.last = place;
    desk.beginStroke();
    this.drag(place);
  }

  drag(place) {
    if (!this.busy) return;
    this.desk.paint(this.facesBetween(this.last, place));
    this.last = place;
    this.hover(place);
  }

  facesBetween(from, to) {
    const { desk } = this, found = new Set();
    if (desk.radius > 0) {
      const radius = desk.radius / desk.painter.view.scale, a = this.toMap(from), b = this.toMap(to);
      desk.faces.anchors.forEach((_, i, all) => { if (i % 2 === 0 && distanceToSegment([all[i], all[i + 1]], a, b) <= radius) found.add(i / 2); });
    }
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / SAMPLE_PX));
    for (let k = 1; k <= steps; k++) {
      const face = desk.faceAt([from[0] + ((to[0] - from[0]) * k) / steps, from[1] + ((to[1] - from[1]) * k) / steps]);
      if (face >= 0) found.add(face);
    }
    return found;
  }

  hover(place) {
    const { radius } = this.desk;
    this.desk.ghost(radius > 0 ? (c, painter) => { c.beginPath(); c.arc(...place, radius, 0, 2 * Math.PI); inked(c, painter); } : null);
  }

  release(place) {
    if (!this.busy) return;
    this.drag(place);
    this.busy = false;
    this.desk.endStroke();
  }

  cancel() {
    if (this.busy) this.desk.dropStroke();
    super.cancel();
  }
}

/** Chooses the units inside a shape drawn by hand; they wait for Apply. */
class Lasso extends Tool {
  press(place) {
    this.busy = true;
    this.points = [place];
  }

  drag(place) {
    if (!this.busy) return;
    this.grow(place);
    this.desk.ghost((c, painter) => { traced(c, this.outline(), { closed: true }); inked(c, painter, { dash: [5, 4], fill: "rgb(230 159 0 / .14)" }); });
  }

  grow(place) {
    this.points.push(place);
  }

  outline() {
    return this.points;
  }

  release(place) {
    if (!this.busy) return;
    this.drag(place);
    this.busy = false;
    this.desk.ghost(null);
    const shape = this.outline().map((point) => this.toMap(point));
    const { anchors, count } = this.desk.faces, found = new Set();
    for (let face = 0; face < count; face++) if (polygonHas(shape, anchors[2 * face], anchors[2 * face + 1])) found.add(face);
    this.desk.selectFaces(found);
  }
}

class Box extends Lasso {
  grow(place) {
    this.points = [this.points[0], place];
  }

  outline() {
    const [a, b = a] = this.points;
    return [a, [b[0], a[1]], b, [a[0], b[1]]];
  }
}

/** Draws a line across the chosen cell, or the one under most of the line. */
class Split extends Tool {
  press(place) {
    this.busy = true;
    this.points = [place];
  }

  drag(place) {
    if (!this.busy) return;
    this.points = [this.points[0], place];
    this.desk.ghost((c, painter) => { traced(c, this.points); inked(c, painter, { dash: [8, 4] }); });
  }

  release(place) {
    if (!this.busy) return;
    this.drag(place);
    this.busy = false;
    this.desk.ghost(null);
    const [[x0, y0], [x1, y1]] = this.points;
    const face = this.desk.faceAt([(x0 + x1) / 2, (y0 + y1) / 2]);
    if (face < 0 || Math.hypot(x1 - x0, y1 - y0) < GRAB_PX) { this.desk.say("splitHow"); return; }
    this.desk.command({ op: "split", cell: this.desk.cells[this.desk.faces.cellOf[face]].id, line: this.points.map((point) => this.toMap(point)) });
  }
}

/** A press on a cell does something with it. */
class OnCell extends Tool {
  constructor(desk, act) {
    super(desk);
    this.act = act;
  }

  release(place) {
    const face = this.desk.faceAt(place);
    if (face >= 0) this.act(this.desk.faces.cellOf[face], this.desk);
  }
}

function mergeInto(cell, desk) {
  if (desk.target === null) { desk.choose(cell); desk.say("mergeNext", { cell: desk.targetName() }); return; }
  if (cell === desk.target) { desk.say("mergeOther", { cell: desk.targetName() }); return; }
  desk.command({ op: "merge", cells: [desk.targetName(), desk.cells[cell].id] });
}

function toggleLock(cell, desk) {
  desk.command({ op: desk.cells[cell].locked ? "unlock" : "lock", cell: desk.cells[cell].id });
}

export function makeTools(desk) {
  return {
    look: null,
    brush: new Brush(desk), lasso: new Lasso(desk), box: new Box(desk), border: new Border(desk), outlet: new OutletTool(desk),
    split: new Split(desk), merge: new OnCell(desk, mergeInto), lock: new OnCell(desk, toggleLock),
  };
}
