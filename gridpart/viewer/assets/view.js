// Where the map is looked at from: scale in px per unit, and the screen place of the origin.

const ZOOM_OUT = 1 / 4;
const MOST_PX_PER_UNIT = 4;

export class View {
  constructor(home) {
    this.home = home;
    this.width = this.height = 1;
    this.scale = 1;
    this.x = this.y = 0;
  }

  /** Take a new size; the middle of the map stays in the middle, a map at home stays at home. */
  resize(width, height) {
    const atHome = this.scale === this.fitScale;
    this.x += (width - this.width) / 2;
    this.y += (height - this.height) / 2;
    this.width = width;
    this.height = height;
    const { scale, x, y } = this;
    this.fit();
    if (!atHome && this.sized) Object.assign(this, { scale, x, y });
    this.sized = true;
  }

  fit() {
    this.show(this.home, 0.035);
    this.fitScale = this.scale;
  }

  show(box, margin) {
    const w = Math.max(box[2] - box[0], 1), h = Math.max(box[3] - box[1], 1);
    this.scale = Math.min(Math.min(this.width / w, this.height / h) * (1 - 2 * margin), MOST_PX_PER_UNIT);
    this.x = this.width / 2 - (this.scale * (box[0] + box[2])) / 2;
    this.y = this.height / 2 - (this.scale * (box[1] + box[3])) / 2;
  }

  /** Show a feature with its surroundings: never closer than a twelfth of the whole. */
  goTo(box) {
    const least = Math.max(this.home[2] - this.home[0], this.home[3] - this.home[1]) / 12;
    const grow = Math.max(0, (least - Math.max(box[2] - box[0], box[3] - box[1])) / 2);
    this.show([box[0] - grow, box[1] - grow, box[2] + grow, box[3] + grow], 0.2);
  }

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const next = Math.min(Math.max(this.scale * factor, this.fitScale * ZOOM_OUT), Math.max(MOST_PX_PER_UNIT, this.fitScale));
    this.x = px - ((px - this.x) * next) / this.scale;
    this.y = py - ((py - this.y) * next) / this.scale;
    this.scale = next;
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
  }

  toScreen(x, y) {
    return [this.x + this.scale * x, this.y + this.scale * y];
  }

  toMap(px, py) {
    return [(px - this.x) / this.scale, (py - this.y) / this.scale];
  }

  sees(box, margin = 20) {
    const s = this.scale;
    return box[2] * s + this.x >= -margin && box[0] * s + this.x <= this.width + margin
      && box[3] * s + this.y >= -margin && box[1] * s + this.y <= this.height + margin;
  }
}
