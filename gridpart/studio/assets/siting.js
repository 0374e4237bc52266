// The tool on outlets: one is dragged and shows the cells that it would get, one is opened at a place, one is closed.
import { inked, Tool, traced } from "./hands.js";

/** An outlet that is not there yet. */
export function square(c, painter, [x, y], look) {
  c.beginPath();
  c.rect(x - 6, y - 6, 12, 12);
  inked(c, painter, look);
}

export class OutletTool extends Tool {
  nearest(place, event) {
    const [x, y] = this.toMap(place), near = this.reach(event);
    let best = -1, least = near * near;
    this.desk.outletPlaces().forEach(([ox, oy], i) => {
      const distance = (ox - x) ** 2 + (oy - y) ** 2;
      if (distance < least) [best, least] = [i, distance];
    });
    return best;
  }

  get mode() {
    return this.desk.ways.outlet;
  }

  hover(place, event) {
    if (this.busy || this.desk.hasPending()) return;
    if (this.mode === "open") { this.desk.ghost((c, painter) => square(c, painter, place, { dash: [3, 3] })); return; }
    const found = this.nearest(place, event);
    this.desk.ghost(found < 0 ? null : (c, painter) => { c.beginPath(); c.arc(...this.toScreen(this.desk.outletPlaces()[found]), 11, 0, 2 * Math.PI); inked(c, painter); });
  }

  press(place, event) {
    if (this.mode !== "move") return;
    this.held = this.nearest(place, event);
    if (this.held < 0) { this.desk.say("noOutlet"); return; }
    this.busy = true;
    this.desk.previewOutlet(this.held, this.toMap(place)); // the kernel measures the other outlets while the hand sets out
  }

  drag(place) {
    if (!this.busy) return;
    this.desk.ghost((c, painter) => {
      traced(c, [this.toScreen(this.desk.outletPlaces()[this.held]), place]);
      inked(c, painter, { dash: [3, 4] });
      square(c, painter, place, { fill: painter.colours.selected });
    });
    this.desk.previewOutlet(this.held, this.toMap(place));
  }

  release(place, event) {
    if (this.mode === "open") { this.desk.openOutlet(this.toMap(place)); return; }
    if (this.mode === "close") { this.shut(place, event); return; }
    if (!this.busy) return;
    this.busy = false;
    this.desk.ghost(null);
    this.desk.moveOutlet(this.held, this.toMap(place));
  }

  shut(place, event) {
    const found = this.nearest(place, event);
    if (found < 0) this.desk.say("noOutlet");
    else this.desk.closeOutlet([...this.desk.outlets.keys()][found]);
  }

  cancel() {
    if (this.busy) this.desk.dropPreview();
    super.cancel();
  }
}
