// From flat whole numbers to paths and boxes. One unit is `step` metres; y points down, as on the canvas.

const FEATURES_PER_CHUNK = 600;

/** Absolute coordinates of chains sent as first point and steps; `start[i]` is the first point of chain i. */
function readChains(numbers, lengths) {
  const start = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => { start[i + 1] = start[i] + length; });
  const coordinates = new Float64Array(2 * start[lengths.length]);
  for (let chain = 0; chain < lengths.length; chain++) {
    let x = 0, y = 0;
    for (let i = start[chain]; i < start[chain + 1]; i++) {
      x += numbers[2 * i];
      y += numbers[2 * i + 1];
      coordinates[2 * i] = x;
      coordinates[2 * i + 1] = -y;
    }
  }
  return { coordinates, start };
}

function startsOf(counts) {
  const starts = new Int32Array(counts.length + 1);
  counts.forEach((count, i) => { starts[i + 1] = starts[i] + count; });
  return starts;
}

export function emptyBox() {
  return [Infinity, Infinity, -Infinity, -Infinity];
}

export function widen(box, other) {
  box[0] = Math.min(box[0], other[0]);
  box[1] = Math.min(box[1], other[1]);
  box[2] = Math.max(box[2], other[2]);
  box[3] = Math.max(box[3], other[3]);
}

/** The same for the box that begins at a place of an array: no view of it is made. */
export function widenAt(box, boxes, at) {
  if (boxes[at] < box[0]) box[0] = boxes[at];
  if (boxes[at + 1] < box[1]) box[1] = boxes[at + 1];
  if (boxes[at + 2] > box[2]) box[2] = boxes[at + 2];
  if (boxes[at + 3] > box[3]) box[3] = boxes[at + 3];
}

/** Chunks keep what is off the screen out of the drawing: a square of features each, so many to a side. */
export function chunksOf(layer, perChunk = FEATURES_PER_CHUNK) {
  const side = layer.count > 2000 ? Math.ceil(Math.sqrt(layer.count / perChunk)) : 1;
  const whole = emptyBox();
  for (let i = 0; i < layer.count; i++) if (layer.drawn[i]) widenAt(whole, layer.boxes, 4 * i);
  const place = (low, high, least, most) =>
    Math.min(side - 1, Math.max(0, Math.floor((side * ((low + high) / 2 - least)) / Math.max(most - least, 1))));
  const chunk = new Int32Array(layer.count);
  for (let i = 0; side > 1 && i < layer.count; i++) {
    const { boxes } = layer, at = 4 * i;
    chunk[i] = layer.drawn[i] ? place(boxes[at], boxes[at + 2], whole[0], whole[2]) + side * place(boxes[at + 1], boxes[at + 3], whole[1], whole[3]) : 0;
  }
  return chunk;
}

/** Paths by key, each with its box. */
class Groups {
  constructor() {
    this.byKey = new Map();
  }

  at(key) {
    if (!this.byKey.has(key)) this.byKey.set(key, { path: new Path2D(), box: emptyBox() });
    return this.byKey.get(key);
  }

  list() {
    return [...this.byKey.entries()].sort((a, b) => a[0] - b[0]).map(([key, group]) => ({ key, ...group }));
  }
}

export function traceChain(path, { coordinates, start }, chain, { backwards = false, join = false } = {}) {
  const first = start[chain], last = start[chain + 1] - 1;
  const n = last - first + 1;
  for (let k = join ? 1 : 0; k < n; k++) {
    const i = 2 * (backwards ? last - k : first + k);
    if (k === 0) path.moveTo(coordinates[i], coordinates[i + 1]);
    else path.lineTo(coordinates[i], coordinates[i + 1]);
  }
}

/** Box of a chain, into a place of an array. */
export function boxChain({ coordinates, start }, chain, boxes) {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (let i = start[chain]; i < start[chain + 1]; i++) {
    const x = coordinates[2 * i], y = coordinates[2 * i + 1];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  boxes[4 * chain] = left;
  boxes[4 * chain + 1] = top;
  boxes[4 * chain + 2] = right;
  boxes[4 * chain + 3] = bottom;
}

function chainBoxes(chains) {
  const boxes = new Float64Array(4 * (chains.start.length - 1));
  for (let chain = 0; chain < chains.start.length - 1; chain++) boxChain(chains, chain, boxes);
  return boxes;
}

export class AreaShapes {
  constructor(layer) {
    const { points, arcs, uses, rings, features } = layer.shape;
    this.layer = layer;
    this.chains = readChains(points, arcs);
    this.uses = uses;
    this.ringStart = startsOf(rings);
    this.featureStart = startsOf(features);
    const boxes = chainBoxes(this.chains);
    for (let feature = 0; feature < layer.count; feature++) {
      const box = emptyBox();
      this.eachArc(feature, (arc) => widenAt(box, boxes, 4 * arc));
      layer.boxes.set(box, 4 * feature);
    }
    this.arcBoxes = boxes;
  }

  eachArc(feature, visit) {
    for (let ring = this.featureStart[feature]; ring < this.featureStart[feature + 1]; ring++)
      for (let use = this.ringStart[ring]; use < this.ringStart[ring + 1]; use++)
        visit(this.uses[use] < 0 ? ~this.uses[use] : this.uses[use], this.uses[use] < 0, use === this.ringStart[ring]);
  }

  trace(path, feature) {
    for (let ring = this.featureStart[feature]; ring < this.featureStart[feature + 1]; ring++) {
      for (let use = this.ringStart[ring]; use < this.ringStart[ring + 1]; use++) {
        const backwards = this.uses[use] < 0;
        traceChain(path, this.chains, backwards ? ~this.uses[use] : this.uses[use], { backwards, join: use !== this.ringStart[ring] });
      }
      path.closePath();
    }
  }

  /** Fills by class and chunk; borders by chunk; borders of classes; seams between differently filled neighbours. */
  prepare() {
    const { layer } = this;
    const chunk = chunksOf(layer), classes = layer.classes.length;
    const fills = new Groups();
    const first = new Int32Array(this.arcBoxes.length / 4).fill(-1);
    const second = new Int32Array(first.length).fill(-1);
    for (let feature = 0; feature < layer.count; feature++) {
      if (!layer.drawn[feature]) continue;
      const group = fills.at(chunk[feature] * classes + layer.classOf[feature]);
      this.trace(group.path, feature);
      widen(group.box, layer.boxOf(feature));
      this.eachArc(feature, (arc) => { if (first[arc] < 0) first[arc] = feature; else second[arc] = feature; });
    }
    const borders = new Groups(), edges = new Groups(), seams = new Groups();
    const add = (groups, key, arc) => {
      const group = groups.at(key);
      traceChain(group.path, this.chains, arc);
      widen(group.box, this.arcBoxes.subarray(4 * arc, 4 * arc + 4));
    };
    for (let arc = 0; arc < first.length; arc++) {
      if (first[arc] < 0) continue;
      const a = first[arc], b = second[arc];
      const classA = layer.classOf[a], classB = b < 0 ? -1 : layer.classOf[b];
      if (layer.outline) add(borders, chunk[a], arc);
      for (const [own, other, feature] of [[classA, classB, a], [classB, classA, b]])
        if (own >= 0 && own !== other && layer.classes[own].style.stroke) add(edges, chunk[feature] * classes + own, arc);
      if (b >= 0 && (classA !== classB || chunk[a] !== chunk[b]) && layer.classes[classA].style.fill && layer.classes[classB].style.fill)
        add(seams, chunk[b] * classes + classB, arc);
    }
    const withClass = (groups) => groups.list().map((group) => ({ ...group, number: group.key % classes }));
    return { fills: withClass(fills), edges: withClass(edges), seams: withClass(seams), borders: borders.list() };
  }

  /** Whether a point lies in a feature, by the even-odd rule. */
  contains(feature, x, y) {
    const { coordinates, start } = this.chains;
    let inside = false;
    this.eachArc(feature, (arc) => {
      for (let i = start[arc] + 1; i < start[arc + 1]; i++) {
        const xa = coordinates[2 * i - 2], ya = coordinates[2 * i - 1], xb = coordinates[2 * i], yb = coordinates[2 * i + 1];
        if (ya > y !== yb > y && x < xa + ((xb - xa) * (y - ya)) / (yb - ya)) inside = !inside;
      }
    });
    return inside;
  }
}

class LineShapes {
  constructor(layer) {
    const { points, arcs, features } = layer.shape;
    this.layer = layer;
    this.chains = readChains(points, arcs);
    this.featureStart = startsOf(features);
    const { coordinates, start } = this.chains;
    this.chainBoxes = chainBoxes(this.chains);
    for (let feature = 0; feature < layer.count; feature++) {
      const box = emptyBox();
      let longest = 0;
      for (let chain = this.featureStart[feature]; chain < this.featureStart[feature + 1]; chain++) {
        widen(box, this.chainBoxes.subarray(4 * chain, 4 * chain + 4));
        if (start[chain + 1] - start[chain] <= longest) continue;
        longest = start[chain + 1] - start[chain];
        const middle = start[chain] + Math.floor(longest / 2);
        layer.anchors.set(coordinates.subarray(2 * middle, 2 * middle + 2), 2 * feature);
      }
      layer.boxes.set(box, 4 * feature);
    }
  }

  trace(path, feature) {
    for (let chain = this.featureStart[feature]; chain < this.featureStart[feature + 1]; chain++) traceChain(path, this.chains, chain);
  }

  prepare() {
    const { layer } = this;
    const lines = new Groups();
    for (let feature = 0; feature < layer.count; feature++) {
      if (!layer.drawn[feature]) continue;
      const group = lines.at(layer.classOf[feature]);
      this.trace(group.path, feature);
      widen(group.box, layer.boxOf(feature));
    }
    return { lines: lines.list().map((group) => ({ ...group, number: group.key })) };
  }

  /** Squared distance from a point to a feature. */
  distance(feature, x, y) {
    const { coordinates, start } = this.chains;
    let least = Infinity;
    for (let chain = this.featureStart[feature]; chain < this.featureStart[feature + 1]; chain++)
      for (let i = start[chain] + 1; i < start[chain + 1]; i++) {
        const xa = coordinates[2 * i - 2], ya = coordinates[2 * i - 1];
        const dx = coordinates[2 * i] - xa, dy = coordinates[2 * i + 1] - ya;
        const share = Math.min(1, Math.max(0, ((x - xa) * dx + (y - ya) * dy) / (dx * dx + dy * dy || 1)));
        least = Math.min(least, (xa + share * dx - x) ** 2 + (ya + share * dy - y) ** 2);
      }
    return least;
  }
}

class PointShapes {
  constructor(layer) {
    const { points, there } = layer.shape;
    there.forEach((isThere, feature) => {
      const x = points[2 * feature], y = -points[2 * feature + 1];
      layer.anchors.set([x, y], 2 * feature);
      layer.boxes.set(isThere ? [x, y, x, y] : emptyBox(), 4 * feature);
    });
    this.order = layer.classOf.map((_, feature) => feature).sort((a, b) => layer.classOf[b] - layer.classOf[a] || a - b);
  }

  prepare() {
    return {};
  }
}

const READERS = { area: AreaShapes, line: LineShapes, point: PointShapes };

/** A layer with boxes, anchors and what is needed to draw it; `reader` stands in for the usual reader of its shapes. */
export class Layer {
  constructor(raw) {
    Object.assign(this, raw);
    this.count = raw.classOf.length;
    this.boxes = new Float64Array(4 * this.count);
    this.anchors = new Float64Array(2 * this.count);
    this.room = new Float64Array(this.count);
    this.drawn = new Uint8Array(this.count);
    this.shapes = new (raw.reader || READERS[raw.kind])(this);
    if (raw.kind === "area") {
      raw.shape.anchors.forEach((value, i) => { this.anchors[i] = i % 2 ? -value : value; });
      this.room.set(raw.shape.room);
    }
    for (let feature = 0; feature < this.count; feature++) this.drawn[feature] = this.boxes[4 * feature] <= this.boxes[4 * feature + 2] ? 1 : 0;
    this.paths = this.shapes.prepare();
    this.shape = null;
  }

  boxOf(feature) {
    return this.boxes.subarray(4 * feature, 4 * feature + 4);
  }

  pathOf(feature) {
    const path = new Path2D();
    this.shapes.trace(path, feature);
    return path;
  }

  /** Side of a square as large as a feature of middle size. */
  typicalSide() {
    if (this.side === undefined) {
      const sides = this.room.filter((_, feature) => this.drawn[feature]).sort();
      this.side = sides[sides.length >> 1] || 0;
    }
    return this.side;
  }

  styleOf(feature) {
    return this.classes[this.classOf[feature]].style;
  }
}
