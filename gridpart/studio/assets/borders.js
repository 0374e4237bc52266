// The tool on borders: a corner is dragged, an edge is bent, or the whole stretch between two cells is shifted.
import { inked, Tool, traced } from "./hands.js";

export class Border extends Tool {
  get shapes() {
    return this.desk.faces.shapes;
  }

  /** What lies under the hand: a corner before the edge beside it. */
  find(place, event) {
    const at = this.toMap(place), reach = this.reach(event);
    if (this.desk.ways.border === "stretch") {
      const edge = this.shapes.edgeNear(...at, reach);
      return edge && { op: "move_stretch", at: edge.at, lines: this.shapes.stretchOf(edge) };
    }
    const corner = this.shapes.vertexNear(...at, reach);
    if (corner) return { op: "move_vertex", at: corner.at, ends: corner.ends };
    const edge = this.shapes.edgeNear(...at, reach);
    return edge && { op: "bend_border", at: edge.at, ends: edge.ends };
  }

  hover(place, event) {
    if (this.busy) return;
    this.near = this.find(place, event);
    const { near } = this;
    this.desk.ghost(near ? (c, painter) => {
      if (near.lines) this.drawStretch(c, painter, near.lines, [0, 0]);
      this.handle(c, painter, this.toScreen(near.at), near.op);
    } : null);
  }

  /** Round where a corner is, a diamond where one will be, a double arrow on a stretch: never told by colour alone. */
  handle(c, painter, [x, y], op) {
    c.beginPath();
    if (op === "move_vertex") c.arc(x, y, 6, 0, 2 * Math.PI);
    else if (op === "bend_border") traced(c, [[x, y - 8], [x + 8, y], [x, y + 8], [x - 8, y]], { closed: true });
    else c.rect(x - 6, y - 6, 12, 12);
    inked(c, painter, { fill: painter.colours.selected });
  }

  drawStretch(c, painter, lines, [dx, dy]) {
    c.beginPath();
    for (const ends of lines)
      ends.forEach(({ at, isInner }, i) => {
        const [x, y] = this.toScreen(at), to = isInner ? [x + dx, y + dy] : [x, y];
        if (i) c.lineTo(...to); else c.moveTo(...to);
      });
    inked(c, painter);
  }

  press(place, event) {
    this.hover(place, event);
    if (!this.near) { this.desk.say("noVertex"); return; }
    this.busy = true;
    this.held = this.near;
    this.from = place;
  }

  drag(place) {
    if (!this.busy) return;
    const { held, from } = this;
    this.desk.ghost((c, painter) => {
      if (held.lines) this.drawStretch(c, painter, held.lines, [place[0] - from[0], place[1] - from[1]]);
      else for (const end of held.ends) { traced(c, [this.toScreen(end), place]); inked(c, painter, { dash: [5, 4] }); }
      this.handle(c, painter, place, held.op);
    });
  }

  release(place) {
    if (!this.busy) return;
    this.busy = false;
    this.desk.ghost(null);
    const { held, from } = this;
    if (place[0] === from[0] && place[1] === from[1]) { this.desk.say("borderHow"); return; }
    const by = [this.toMap(place), this.toMap(from)], to = this.toMap(place);
    // a stretch goes as far as the hand did; a point goes where the hand is
    this.desk.command({ op: held.op, from: held.at, to: held.lines ? held.at.map((value, k) => value + by[0][k] - by[1][k]) : to });
  }
}
