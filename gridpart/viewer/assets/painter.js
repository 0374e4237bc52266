// The map itself: a view, a canvas, and what lies under the pointer.

class Painter {
  constructor(canvas, layers, size, colours) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.layers = layers;
    this.size = size;
    this.colours = colours;
    this.marked = null;
    this.hovered = null;
    this.listeners = [];
    this.resize();
    this.fit();
  }

  resize() {
    this.ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth || 600;
    this.height = this.canvas.clientHeight || 400;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
  }

  fit(box = [0, -this.size[1], this.size[0], 0], margin = 0.06) {
    const w = Math.max(box[2] - box[0], 1), h = Math.max(box[3] - box[1], 1);
    this.scale = Math.min(this.width / w, this.height / h) * (1 - 2 * margin);
    this.x = this.width / 2 - (this.scale * (box[0] + box[2])) / 2;
    this.y = this.height / 2 - (this.scale * (box[1] + box[3])) / 2;
    this.fitScale = this.fitScale || this.scale;
    this.changed();
  }

  goTo(feature) {
    const [x0, y0, x1, y1] = feature.box;
    const least = Math.max(...this.size) / 12;
    const grow = Math.max(0, (least - Math.max(x1 - x0, y1 - y0)) / 2);
    this.fit([x0 - grow, y0 - grow, x1 + grow, y1 + grow], 0.2);
  }

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const next = Math.min(Math.max(this.scale * factor, this.fitScale / 3), this.fitScale * 600);
    const real = next / this.scale;
    this.x = px - (px - this.x) * real;
    this.y = py - (py - this.y) * real;
    this.scale = next;
    this.changed();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.changed();
  }

  changed() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      this.draw();
      for (const listener of this.listeners) listener();
    });
  }

  toScreen([x, y]) {
    return [this.x + this.scale * x, this.y + this.scale * y];
  }

  isOnScreen(box) {
    const s = this.scale;
    return box[2] * s + this.x >= -20 && box[0] * s + this.x <= this.width + 20 && box[3] * s + this.y >= -20 && box[1] * s + this.y <= this.height + 20;
  }

  world() {
    const r = this.ratio;
    this.context.setTransform(this.scale * r, 0, 0, this.scale * r, this.x * r, this.y * r);
  }

  screen() {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
  }

  draw() {
    const c = this.context;
    this.screen();
    c.fillStyle = this.colours.ground;
    c.fillRect(0, 0, this.width, this.height);
    c.lineJoin = c.lineCap = "round";
    for (const layer of this.layers) if (layer.visible) this[`draw_${layer.kind}`](layer);
    for (const feature of [this.hovered, this.marked]) if (feature && feature.layer.visible) this.highlight(feature);
    this.drawLabels();
  }

  stroke(path, style, extra = 0) {
    const c = this.context;
    this.world();
    c.strokeStyle = style.stroke;
    c.lineWidth = (style.width + extra) / this.scale;
    c.setLineDash((style.dash || []).map((d) => d / this.scale));
    c.stroke(path);
    c.setLineDash([]);
  }

  draw_area(layer) {
    const c = this.context;
    layer.classes.forEach(({ style }, number) => {
      const seen = layer.byClass[number].filter((f) => this.isOnScreen(f.box));
      if (!seen.length || !(style.fill || style.hatch || style.stroke)) return;
      const joined = new Path2D();
      for (const feature of seen) joined.addPath(feature.path);
      this.world();
      if (style.fill) {
        c.fillStyle = style.fill;
        c.fill(joined, "evenodd");
        // the seam between two fills of one colour would show the ground
        c.strokeStyle = style.fill;
        c.lineWidth = 0.7 / this.scale;
        if (!style.hatch) c.stroke(joined);
      }
      if (style.hatch) {
        c.save();
        c.clip(joined, "evenodd");
        c.setTransform(1, 0, 0, 1, 0, 0);
        c.fillStyle = hatchPattern(c, style, this.ratio);
        c.fillRect(0, 0, this.canvas.width, this.canvas.height);
        c.restore();
      }
      if (style.stroke) this.stroke(joined, style);
    });
    if (layer.outline) this.stroke(layer.borders, layer.outline);
  }

  draw_line(layer) {
    layer.classes.forEach(({ style }, number) => {
      const joined = new Path2D();
      for (const feature of layer.byClass[number]) if (this.isOnScreen(feature.box)) joined.addPath(feature.path);
      this.stroke(joined, style);
    });
  }

  symbolSize() {
    // small on the whole county, full size where one looks closely
    return Math.min(Math.max(0.72 * Math.sqrt(this.scale / this.fitScale), 0.72), 1.35);
  }

  draw_point(layer) {
    this.screen();
    const grow = this.symbolSize();
    layer.classes.forEach(({ style }, number) => {
      for (const feature of layer.byClass[number]) {
        const [x, y] = this.toScreen(feature.anchor);
        if (x > -20 && y > -20 && x < this.width + 20 && y < this.height + 20) drawSymbol(this.context, style, x, y, grow);
      }
    });
  }

  highlight(feature) {
    const c = this.context;
    const colour = feature === this.marked ? this.colours.selected : this.colours.ink;
    if (feature.layer.kind === "point") {
      this.screen();
      const [x, y] = this.toScreen(feature.anchor);
      c.strokeStyle = colour;
      c.lineWidth = 2.5;
      c.beginPath();
      c.arc(x, y, 11, 0, 7);
      c.stroke();
    } else this.stroke(feature.path, { stroke: colour, width: feature === this.marked ? 3 : 1.8 });
  }

  drawLabels() {
    const c = this.context;
    this.screen();
    const taken = [];
    const candidates = [];
    this.layers.forEach((layer, order) => {
      if (!layer.visible || !layer.labels) return;
      for (const feature of layer.features) {
        const text = layer.labels[feature.index];
        if (text && feature.drawn && this.isOnScreen(feature.box)) candidates.push({ text, feature, order });
      }
    });
    candidates.sort((a, b) => b.order - a.order || b.feature.room - a.feature.room || a.feature.index - b.feature.index);
    c.textAlign = "center";
    c.textBaseline = "middle";
    for (const { text, feature } of candidates.slice(0, 4000)) this.placeLabel(c, text, feature, taken);
  }

  placeLabel(c, text, feature, taken) {
    const room = feature.room * this.scale;
    const isPoint = feature.layer.kind !== "area";
    const size = isPoint ? 11.5 : Math.min(Math.max(room / 9, 11), 14);
    if (!isPoint && room < 22) return;
    if (isPoint && this.scale < this.fitScale * 2.2) return;
    const short = text.length > 22 ? `${text.slice(0, 21)}…` : text;
    c.font = `${isPoint ? "" : "600 "}${size}px ${this.colours.font}`;
    const w = c.measureText(short).width + 6, h = size + 5;
    if (!isPoint && w > room * 1.25) return;
    let [x, y] = this.toScreen(feature.anchor);
    if (isPoint) y -= 14;
    const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
    if (box[2] < 0 || box[0] > this.width || box[3] < 0 || box[1] > this.height) return;
    if (taken.some((o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1])) return;
    taken.push(box);
    c.lineWidth = 3.2;
    c.strokeStyle = this.colours.paper;
    c.globalAlpha = 0.9;
    c.strokeText(short, x, y);
    c.globalAlpha = 1;
    c.fillStyle = this.colours.ink;
    c.fillText(short, x, y);
  }

  featureAt(px, py) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i];
      if (!layer.visible || !layer.cards) continue;
      const found = layer.kind === "point" ? this.pointAt(layer, px, py) : this.shapeAt(layer, px, py);
      if (found) return found;
    }
    return null;
  }

  pointAt(layer, px, py) {
    let best = null, least = 10;
    for (const feature of layer.features) {
      if (!feature.drawn) continue;
      const [x, y] = this.toScreen(feature.anchor);
      const distance = Math.hypot(x - px, y - py);
      if (distance <= least) [best, least] = [feature, distance];
    }
    return best;
  }

  shapeAt(layer, px, py) {
    const x = (px - this.x) / this.scale, y = (py - this.y) / this.scale;
    const near = 5 / this.scale;
    const c = this.context;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.lineWidth = 2 * near;
    for (const feature of layer.features) {
      const b = feature.box;
      if (x < b[0] - near || x > b[2] + near || y < b[1] - near || y > b[3] + near) continue;
      if (layer.kind === "area" ? c.isPointInPath(feature.path, x, y, "evenodd") : c.isPointInStroke(feature.path, x, y)) return feature;
    }
    return null;
  }
}
