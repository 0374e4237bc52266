// What hands do on the map: mouse, fingers and keys.

const CLICK_PX = 4;
const KEY_PX = 60;

export class Hand {
  constructor(canvas, painter, { hover, pick }) {
    Object.assign(this, { canvas, painter, hover, pick });
    this.fingers = new Map();
    this.moved = 0;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** Middle and distance of the fingers on the map. */
  spread() {
    const [a, b = a] = [...this.fingers.values()];
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, wide: Math.hypot(a[0] - b[0], a[1] - b[1]) };
  }

  down(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    if (this.fingers.size === 0) this.moved = 0;
    this.fingers.set(event.pointerId, this.place(event));
  }

  move(event) {
    const place = this.place(event);
    if (!this.fingers.has(event.pointerId)) {
      if (event.pointerType !== "touch") this.hover(place);
      return;
    }
    const before = this.spread();
    this.fingers.set(event.pointerId, place);
    const after = this.spread();
    this.moved += Math.hypot(after.x - before.x, after.y - before.y) + Math.abs(after.wide - before.wide);
    if (this.moved < CLICK_PX) return;
    this.hover(null); // no card in the way of the hand
    this.painter.view.pan(after.x - before.x, after.y - before.y);
    if (before.wide > 0) this.painter.view.zoom(after.wide / before.wide, after.x, after.y);
    this.painter.changed({ moving: true });
  }

  up(event) {
    if (!this.fingers.delete(event.pointerId)) return;
    const isClick = this.moved < CLICK_PX && event.type === "pointerup" && this.fingers.size === 0;
    if (isClick) this.pick(this.place(event));
    if (event.pointerType !== "touch") this.hover(this.place(event));
  }

  twice(event) {
    this.zoom(event.shiftKey ? 0.5 : 2, this.place(event));
  }

  zoom(factor, place) {
    this.painter.view.zoom(factor, ...place);
    this.painter.changed({ moving: true });
  }
}

export function listenToPointer(canvas, painter, answers, hand = new Hand(canvas, painter, answers)) {
  canvas.addEventListener("pointerdown", (event) => hand.down(event));
  canvas.addEventListener("pointermove", (event) => hand.move(event));
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => hand.up(event));
  canvas.addEventListener("pointerleave", () => answers.hover(null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1;
    const turn = Math.max(-120, Math.min(120, event.deltaY * lines));
    hand.zoom(Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0025)), hand.place(event));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => hand.twice(event));
}

export function listenToKeys(canvas, painter, { look, pick }) {
  const { view } = painter;
  const moves = {
    ArrowLeft: () => view.pan(KEY_PX, 0),
    ArrowRight: () => view.pan(-KEY_PX, 0),
    ArrowUp: () => view.pan(0, KEY_PX),
    ArrowDown: () => view.pan(0, -KEY_PX),
    "+": () => view.zoom(1.5),
    "=": () => view.zoom(1.5),
    "-": () => view.zoom(1 / 1.5),
    0: () => view.fit(),
    Home: () => view.fit(),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) moves[event.key]();
    else if (event.key === "Enter" || event.key === " ") pick([view.width / 2, view.height / 2]);
    else if (event.key === "Escape") pick(null);
    else return;
    event.preventDefault();
    painter.crosshair = event.key !== "Escape";
    look(painter.crosshair);
  });
  canvas.addEventListener("focus", () => {
    painter.crosshair = canvas.matches(":focus-visible");
    look(painter.crosshair);
  });
  canvas.addEventListener("blur", () => {
    painter.crosshair = false;
    look(false);
  });
  canvas.addEventListener("pointerdown", () => {
    if (!painter.crosshair) return;
    painter.crosshair = false;
    look(false);
  });
}
