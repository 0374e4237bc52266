// What all tools share. Places come in px of the screen.

export const GRAB_PX = 14;
const TOUCH_PX = 28;

export function traced(c, points, { closed = false } = {}) {
  c.beginPath();
  points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
  if (closed) c.closePath();
}

export function inked(c, painter, { dash = [], fill = null } = {}) {
  if (fill) { c.fillStyle = fill; c.fill(); }
  for (const [stroke, width] of [[painter.colours.halo, 4.5], [painter.colours.ink, 1.6]]) {
    c.setLineDash(stroke === painter.colours.halo ? [] : dash);
    Object.assign(c, { strokeStyle: stroke, lineWidth: width });
    c.stroke();
  }
  c.setLineDash([]);
}

export class Tool {
  constructor(desk) {
    this.desk = desk;
    this.busy = false;
  }

  press() {}
  drag() {}
  release() {}
  hover() {}

  cancel() {
    this.busy = false;
    this.desk.ghost(null);
  }

  toMap(place) {
    return this.desk.painter.view.toMap(...place);
  }

  toScreen(place) {
    return this.desk.painter.view.toScreen(...place);
  }

  /** How near is near enough, in map units; a finger is wider than a cursor. */
  reach(event) {
    return (event?.pointerType === "touch" ? TOUCH_PX : GRAB_PX) / this.desk.painter.view.scale;
  }
}
