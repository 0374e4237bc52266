// The faces of a grid: each has a cell, and what is drawn of a face changes with its cell alone.
import { AreaShapes, boxChain, chunksOf, emptyBox, Layer, traceChain, widen, widenAt } from "./geometry.js";

const FACES_PER_CHUNK = 160;

/** Borders once each, and paths by chunk, made anew only where a face changed. */
class FaceShapes extends AreaShapes {
  prepare() {
    const { layer } = this;
    this.chunkOf = chunksOf(layer, FACES_PER_CHUNK);
    this.first = new Int32Array(this.chains.start.length - 1).fill(-1);
    this.second = new Int32Array(this.first.length).fill(-1);
    this.chunks = [];
    for (let face = 0; face < layer.count; face++) {
      if (!layer.drawn[face]) continue;
      const chunk = (this.chunks[this.chunkOf[face]] ||= { faces: [], arcs: [], box: emptyBox(), paths: null });
      chunk.faces.push(face);
      widenAt(chunk.box, layer.boxes, 4 * face);
      this.eachArc(face, (arc) => { if (this.first[arc] < 0) this.first[arc] = face; else this.second[arc] = face; });
    }
    for (let arc = 0; arc < this.first.length; arc++)
      if (this.first[arc] >= 0) this.chunks[this.chunkOf[this.first[arc]]].arcs.push(arc);
    this.chunks = this.chunks.filter(Boolean);
    this.byNumber = new Map(this.chunks.map((chunk) => [this.chunkOf[chunk.faces[0]], chunk]));
    return { fills: [], edges: [], seams: [], borders: [] };
  }

  chunkAt(face) {
    return this.byNumber.get(this.chunkOf[face]);
  }

  /** Forget the paths that show a face: its own chunk's, and those that hold its borders. */
  forget(face) {
    this.drop(this.chunkAt(face));
    this.eachArc(face, (arc) => this.drop(this.chunkAt(this.first[arc])));
  }

  forgetAll() {
    for (const chunk of this.chunks) this.drop(chunk);
  }

  drop(chunk) {
    chunk.paths = null;
    chunk.isDrawn = false;
  }

  neighboursOf(face) {
    const found = new Set();
    this.eachArc(face, (arc) => { for (const other of [this.first[arc], this.second[arc]]) if (other >= 0 && other !== face) found.add(other); });
    return found;
  }

  /** What is drawn of a chunk. What the hand has just changed is traced anew: path objects would lie in memory until the browser tidies up. */
  partsOf(chunk, { keep }) {
    if (chunk.paths) return chunk.paths;
    const parts = this.sort(chunk), { fills, seams, inner, outer } = parts;
    if (!keep && !chunk.isDrawn) { chunk.isDrawn = true; return parts; }
    const kept = (part) => { const path = new Path2D(); part.trace(path); return { path }; };
    const all = (entries) => entries.map(([number, part]) => [number, kept(part)]);
    chunk.paths = { fills: all(fills), seams: all(seams), inner: kept(inner), outer: kept(outer) };
    return chunk.paths;
  }

  /** Faces of a chunk by class, and its arcs by what they part. */
  sort({ faces, arcs }) {
    const { classOf, cellOf } = this.layer;
    const fills = new Map(), seams = new Map(), inner = [], outer = [];
    const at = (map, key) => { if (!map.has(key)) map.set(key, []); return map.get(key); };
    for (const face of faces) at(fills, classOf[face]).push(face);
    for (const arc of arcs) {
      const a = this.first[arc], b = this.second[arc];
      (b >= 0 && cellOf[a] === cellOf[b] ? inner : outer).push(arc);
      if (b >= 0 && (classOf[a] !== classOf[b] || this.chunkOf[a] !== this.chunkOf[b])) at(seams, classOf[b]).push(arc);
    }
    const areas = (list) => ({ trace: (path) => { for (const face of list) this.trace(path, face); } });
    const lines = (list) => ({ trace: (path) => { for (const arc of list) traceChain(path, this.chains, arc); } });
    const each = (map, made) => [...map].map(([number, list]) => [number, made(list)]);
    return { fills: each(fills, areas), seams: each(seams, lines), inner: lines(inner), outer: lines(outer) };
  }

  /** Arcs around a set of faces: those with one side in and one side out. */
  outlineOf(faces) {
    const arcs = [];
    for (const face of faces)
      this.eachArc(face, (arc) => { if (!(faces.has(this.first[arc]) && faces.has(this.second[arc]))) arcs.push(arc); });
    return arcs;
  }

  /** Where the level line at `y` runs inside a cell: middle and length of the longest run. */
  runOf(cell, faces, y) {
    const { coordinates, start } = this.chains, { cellOf } = this.layer;
    const crossings = [];
    for (const face of faces)
      this.eachArc(face, (arc) => {
        const a = this.first[arc], b = this.second[arc];
        if (b >= 0 && cellOf[a] === cellOf[b]) return;
        if (this.arcBoxes[4 * arc + 1] > y || this.arcBoxes[4 * arc + 3] < y) return;
        for (let i = start[arc] + 1; i < start[arc + 1]; i++) {
          const ya = coordinates[2 * i - 1], yb = coordinates[2 * i + 1];
          if (ya > y !== yb > y) crossings.push(coordinates[2 * i - 2] + ((coordinates[2 * i] - coordinates[2 * i - 2]) * (y - ya)) / (yb - ya));
        }
      });
    crossings.sort((a, b) => a - b);
    let best = { x: NaN, length: 0 };
    for (let i = 1; i < crossings.length; i += 2)
      if (crossings[i] - crossings[i - 1] > best.length)
        best = { x: (crossings[i] + crossings[i - 1]) / 2, length: crossings[i] - crossings[i - 1] };
    return best;
  }

  /** Move a vertex wherever it occurs; returns the faces that have it. */
  moveVertex([x, y], [toX, toY]) {
    const { coordinates, start } = this.chains, touched = new Set();
    for (let arc = 0; arc < this.first.length; arc++) {
      const at = 4 * arc;
      if (x < this.arcBoxes[at] || x > this.arcBoxes[at + 2] || y < this.arcBoxes[at + 1] || y > this.arcBoxes[at + 3]) continue;
      let found = false;
      for (let i = start[arc]; i < start[arc + 1]; i++)
        if (coordinates[2 * i] === x && coordinates[2 * i + 1] === y) {
          coordinates[2 * i] = toX;
          coordinates[2 * i + 1] = toY;
          found = true;
        }
      if (!found) continue;
      boxChain(this.chains, arc, this.arcBoxes);
      for (const face of [this.first[arc], this.second[arc]]) if (face >= 0) touched.add(face);
    }
    for (const face of touched) {
      const box = emptyBox();
      this.eachArc(face, (arc) => widenAt(box, this.arcBoxes, 4 * arc));
      this.layer.boxes.set(box, 4 * face);
      widen(this.chunkAt(face).box, box);
      this.forget(face);
    }
    return touched;
  }

  /** The vertex of a cell border nearest to a place, within a distance, with the other ends of its edges. */
  vertexNear(x, y, near) {
    const { coordinates, start } = this.chains, { cellOf } = this.layer;
    let best = null, least = near * near;
    for (let arc = 0; arc < this.first.length; arc++) {
      const at = 4 * arc, b = this.second[arc];
      if (b < 0 || cellOf[this.first[arc]] === cellOf[b]) continue;
      if (x < this.arcBoxes[at] - near || x > this.arcBoxes[at + 2] + near || y < this.arcBoxes[at + 1] - near || y > this.arcBoxes[at + 3] + near) continue;
      for (let i = start[arc]; i < start[arc + 1]; i++) {
        const distance = (coordinates[2 * i] - x) ** 2 + (coordinates[2 * i + 1] - y) ** 2;
        if (distance < least) { least = distance; best = [coordinates[2 * i], coordinates[2 * i + 1]]; }
      }
    }
    return best && { at: best, ends: this.endsAt(best) };
  }

  /** Visit the edges between different cells that may lie near a box: arc, and the place of the edge's end. */
  eachCellEdge([left, top, right, bottom], visit) {
    const { start } = this.chains, { cellOf } = this.layer;
    for (let arc = 0; arc < this.first.length; arc++) {
      const at = 4 * arc, b = this.second[arc];
      if (b < 0 || cellOf[this.first[arc]] === cellOf[b]) continue;
      if (right < this.arcBoxes[at] || left > this.arcBoxes[at + 2] || bottom < this.arcBoxes[at + 1] || top > this.arcBoxes[at + 3]) continue;
      for (let i = start[arc] + 1; i < start[arc + 1]; i++) visit(arc, i);
    }
  }

  pointAt(i) {
    return [this.chains.coordinates[2 * i], this.chains.coordinates[2 * i + 1]];
  }

  cellsBeside(arc) {
    const { cellOf } = this.layer;
    return [cellOf[this.first[arc]], cellOf[this.second[arc]]].sort((a, b) => a - b).join();
  }

  /** The place of a cell border nearest to another, within a distance, with the ends of its edge and the cells beside it. */
  edgeNear(x, y, near) {
    let best = null, least = near;
    this.eachCellEdge([x - near, y - near, x + near, y + near], (arc, i) => {
      const [xa, ya] = this.pointAt(i - 1), [xb, yb] = this.pointAt(i), dx = xb - xa, dy = yb - ya;
      const share = Math.min(1, Math.max(0, ((x - xa) * dx + (y - ya) * dy) / (dx * dx + dy * dy || 1)));
      const at = [xa + share * dx, ya + share * dy], distance = Math.hypot(at[0] - x, at[1] - y);
      if (distance < least) { least = distance; best = { at, ends: [[xa, ya], [xb, yb]], beside: this.cellsBeside(arc) }; }
    });
    return best;
  }

  /** The edges that hang together with one along the border of the same two cells; inner ends move, the others stay. */
  stretchOf({ ends, beside }) {
    const links = new Map(), key = (at) => at.join();
    const link = (a, b) => { if (!links.has(key(a))) links.set(key(a), { at: a, to: [] }); links.get(key(a)).to.push(b); };
    this.eachCellEdge([-Infinity, -Infinity, Infinity, Infinity], (arc, i) => {
      if (this.cellsBeside(arc) !== beside) return;
      const a = this.pointAt(i - 1), b = this.pointAt(i);
      link(a, b);
      link(b, a);
    });
    const lines = [], seen = new Set(), wait = [ends[0]];
    const end = (at) => ({ at, isInner: links.get(key(at)).to.length === 2 });
    while (wait.length) {
      const at = wait.pop();
      if (seen.has(key(at)) || !links.has(key(at))) continue;
      seen.add(key(at));
      for (const to of links.get(key(at)).to) { if (!seen.has(key(to))) { lines.push([end(at), end(to)]); wait.push(to); } }
    }
    return lines;
  }

  endsAt([x, y]) {
    const { coordinates, start } = this.chains, ends = [];
    for (let arc = 0; arc < this.first.length; arc++) {
      const at = 4 * arc;
      if (x < this.arcBoxes[at] || x > this.arcBoxes[at + 2] || y < this.arcBoxes[at + 1] || y > this.arcBoxes[at + 3]) continue;
      for (let i = start[arc]; i < start[arc + 1]; i++) {
        if (coordinates[2 * i] !== x || coordinates[2 * i + 1] !== y) continue;
        if (i > start[arc]) ends.push([coordinates[2 * i - 2], coordinates[2 * i - 1]]);
        if (i < start[arc + 1] - 1) ends.push([coordinates[2 * i + 2], coordinates[2 * i + 3]]);
      }
    }
    return ends;
  }
}

/** All faces; `cellOf` is the cell that each is shown in. */
export class FaceLayer extends Layer {
  constructor(raw, labels) {
    super({ ...raw, cellOf: labels.slice(), reader: FaceShapes });
    this.classOf = new Int32Array(this.count);
  }

  /** Colour by a class of each cell, or of each face. */
  colour({ classes, ofCell, ofFace }) {
    Object.assign(this, { classes, ofCell, ofFace });
    for (let face = 0; face < this.count; face++) this.classOf[face] = this.classFor(face);
    this.shapes.forgetAll();
  }

  classFor(face) {
    return this.ofFace ? this.ofFace[face] : (this.ofCell[this.cellOf[face]] ?? 0);
  }

  /** Show faces in other cells; returns the box to draw anew, or null. */
  show(faces, cellFor) {
    const box = emptyBox();
    for (const face of faces) {
      const cell = cellFor(face);
      if (this.cellOf[face] === cell) continue;
      this.cellOf[face] = cell;
      this.classOf[face] = this.classFor(face);
      this.shapes.forget(face);
      widen(box, this.boxOf(face));
    }
    return box[0] <= box[2] ? box : null;
  }

  faceAt(x, y) {
    const { boxes } = this;
    for (let face = 0; face < this.count; face++) {
      const at = 4 * face;
      if (x >= boxes[at] && y >= boxes[at + 1] && x <= boxes[at + 2] && y <= boxes[at + 3] && this.shapes.contains(face, x, y)) return face;
    }
    return -1;
  }

  membersOf(cell) {
    const faces = [];
    for (let face = 0; face < this.count; face++) if (this.cellOf[face] === cell) faces.push(face);
    return faces;
  }
}

/** Names of cells, placed like those of any area; drawn by the labels alone. */
export class NameLayer {
  constructor(faces, { title, fill }) {
    Object.assign(this, { kind: "area", key: "names", title, faces, visible: true, isNames: true, cards: null, inLegend: false });
    this.classes = [{ style: { fill } }];
    this.resize([]);
  }

  resize(labels) {
    this.labels = labels;
    this.count = labels.length;
    for (const [name, width] of [["anchors", 2], ["boxes", 4], ["room", 1], ["drawn", 1], ["classOf", 1]]) {
      const grown = new Float64Array(width * this.count);
      grown.set((this[name] || []).slice(0, grown.length));
      this[name] = grown;
    }
  }

  boxOf(cell) {
    return this.boxes.subarray(4 * cell, 4 * cell + 4);
  }

  /** Place the names of cells, all of them or those that changed; returns the places before and after, x and y in turn. */
  settle(cells = null) {
    const places = [];
    const note = () => { for (const cell of cells || []) if (this.drawn[cell]) places.push(...this.anchors.subarray(2 * cell, 2 * cell + 2)); };
    note();
    const members = new Map();
    for (let face = 0; face < this.faces.count; face++) {
      const cell = this.faces.cellOf[face];
      if (cells && !cells.has(cell)) continue;
      if (!members.has(cell)) members.set(cell, []);
      members.get(cell).push(face);
    }
    for (let cell = 0; cell < this.count; cell++) if (!cells || cells.has(cell)) this.place(cell, members.get(cell) || []);
    note();
    return places;
  }

  place(cell, faces) {
    this.drawn[cell] = faces.length ? 1 : 0;
    if (!faces.length) return;
    const box = emptyBox();
    let sum = 0, weight = 0;
    for (const face of faces) {
      const { boxes } = this.faces, at = 4 * face, area = (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1]);
      widenAt(box, boxes, at);
      sum += area * ((boxes[at + 1] + boxes[at + 3]) / 2);
      weight += area;
    }
    this.boxes.set(box, 4 * cell);
    const y = sum / weight + 0.5; // between two whole numbers: no vertex lies on the line
    const run = this.faces.shapes.runOf(cell, faces, y);
    this.room[cell] = run.length;
    this.anchors.set(run.length ? [run.x, y] : this.faces.anchors.subarray(2 * faces[0], 2 * faces[0] + 2), 2 * cell);
  }
}
