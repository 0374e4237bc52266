// Which labels are drawn, and where: few and readable rather than many.

const LONGEST = 22;
const LEAST_ROOM_PX = 20;
const LEAST_FONT_PX = 10;
const LINE = 1.12;
const MOST_REGIONS = 40;
const MOST_SET_WITH_CARE = 120;
const EASY_ROOM = 0.75;
const MOST_POINTS_LABELLED = 40;

/** Boxes on a coarse grid of the screen, to ask quickly what is taken. */
class Taken {
  constructor() {
    this.squares = new Map();
  }

  *keys(box) {
    for (let i = Math.floor(box[0] / 64); i <= Math.floor(box[2] / 64); i++)
      for (let j = Math.floor(box[1] / 64); j <= Math.floor(box[3] / 64); j++) yield i * 4096 + j;
  }

  add(box) {
    for (const key of this.keys(box)) {
      if (!this.squares.has(key)) this.squares.set(key, []);
      this.squares.get(key).push(box);
    }
  }

  meets(box) {
    for (const key of this.keys(box))
      for (const other of this.squares.get(key) || [])
        if (box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]) return true;
    return false;
  }
}

/** Text as drawn: cut at a readable length. Isolation keeps it from turning the direction of what stands beside it. */
function clipped(text) {
  const letters = [...text.slice(0, 4 * LONGEST)];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : letters.join("");
}

const widths = new Map();

function widthOf(context, text) {
  const key = `${context.font} ${text}`;
  if (!widths.has(key)) {
    if (widths.size > 20000) widths.clear();
    widths.set(key, context.measureText(text).width);
  }
  return widths.get(key);
}

/** Areas that only frame others: townships, counties. Their names are set wide and grey. */
function isRegion(layer) {
  return layer.kind === "area" && !layer.cards && layer.count <= MOST_REGIONS && !layer.classes.some(({ style }) => style.fill);
}

function fontOf(layer, room) {
  if (layer.kind !== "area") return { size: 11.5, weight: 400 };
  if (isRegion(layer)) return { size: 13, weight: 600 };
  return { size: Math.round(2 * Math.min(Math.max(room / 9, 11), 14)) / 2, weight: layer.classes.some(({ style }) => style.fill) ? 500 : 400 };
}

/** Two lines of about the same length, broken where words or parts of an id end. */
function broken(text) {
  const letters = [...text];
  let best = 0;
  for (let i = 2; i < letters.length - 1; i++) {
    const canBreak = /[\s\-_·,，、/]/u.test(letters[i - 1]) || (/\p{Script=Han}/u.test(letters[i - 1]) && /\p{Script=Han}/u.test(letters[i]));
    if (canBreak && Math.abs(i - letters.length / 2) < Math.abs(best - letters.length / 2)) best = i;
  }
  return best ? [letters.slice(0, best).join("").trim(), letters.slice(best).join("").trim()] : [text];
}

/** Cells and townships get their name wherever it fits somehow; of hundreds of villages only those with room to spare. */
function isCareful(layer) {
  return layer.kind === "area" && layer.count <= MOST_SET_WITH_CARE;
}

/** How a text is set so that it fits: in one line, in two, or in two small ones; null if it does not fit. */
function setting(context, text, { layer, room, font }) {
  const { size, weight } = fontOf(layer, room);
  const cut = clipped(text);
  const ways = isCareful(layer) ? [[[cut], size], [broken(cut), size], [broken(cut), LEAST_FONT_PX]] : [[[cut], size]];
  const most = isCareful(layer) ? 1.05 * room : EASY_ROOM * room;
  for (const [lines, px] of ways) {
    context.font = `${weight} ${px}px ${font}`;
    const isolated = lines.map((line) => `\u2068${line}\u2069`);
    const w = Math.max(...isolated.map((line) => widthOf(context, line))) + 4;
    if (layer.kind !== "area" || w <= most) return { lines: isolated, w, h: lines.length * px * LINE + 2, px };
  }
  return null;
}

/** Layers with few features name them first: townships, then cells, then outlets, then villages. */
function inOrder(layers) {
  const weight = { area: 1, point: 1.5, line: 3 };
  return layers.filter((layer) => layer.visible && layer.labels).sort((a, b) => a.count * weight[a.kind] - b.count * weight[b.kind]);
}

function candidatesOf(layer, view) {
  const found = [];
  for (let feature = 0; feature < layer.count; feature++) {
    if (!layer.drawn[feature] || !layer.labels[feature]) continue;
    if (layer.kind === "area" && layer.room[feature] * view.scale < LEAST_ROOM_PX) continue;
    const [x, y] = view.toScreen(layer.anchors[2 * feature], layer.anchors[2 * feature + 1]);
    if (x > -40 && y > -20 && x < view.width + 40 && y < view.height + 20) found.push({ feature, x, y, room: layer.room[feature] * view.scale });
  }
  if (layer.kind === "area") return found.sort((a, b) => b.room - a.room || a.feature - b.feature);
  if (found.length > MOST_POINTS_LABELLED && view.scale < 2.5 * view.fitScale) return [];
  return found.sort((a, b) => layer.classOf[a.feature] - layer.classOf[b.feature] || a.feature - b.feature);
}

function placesFor(layer, { x, y, room }, { w, h, gap }) {
  if (layer.kind === "point")
    return [[x + gap + w / 2, y], [x - gap - w / 2, y], [x, y - gap - h / 2], [x, y + gap + h / 2]];
  const near = [[x, y], [x, y - 0.8 * h], [x, y + 0.8 * h]];
  const aside = Math.max(0, room - w) / 2;
  return isCareful(layer) ? [...near, [x - aside, y], [x + aside, y], [x, y - 1.6 * h], [x, y + 1.6 * h]] : near;
}

function write(context, { lines, px }, [x, y]) {
  lines.forEach((line, i) => {
    const level = y + (i - (lines.length - 1) / 2) * px * LINE;
    context.strokeText(line, x, level);
    context.fillText(line, x, level);
  });
}

function layerLabels(context, layer, { view, colours, labels, symbols, count }) {
  const region = isRegion(layer);
  context.letterSpacing = region ? "1.5px" : "0px";
  context.fillStyle = region ? colours.muted : colours.ink;
  for (const candidate of candidatesOf(layer, view)) {
    const set = setting(context, layer.labels[candidate.feature], { layer, room: candidate.room, font: colours.font });
    if (!set) continue;
    const { w, h } = set;
    const place = bestPlace(placesFor(layer, candidate, { w, h, gap: 7 }), { w, h, labels, symbols, careful: isCareful(layer) });
    if (isCareful(layer)) count.fitting += 1;
    if (!place) continue;
    if (isCareful(layer)) count.shown += 1;
    labels.add([place[0] - w / 2, place[1] - h / 2, place[0] + w / 2, place[1] + h / 2]);
    write(context, set, place);
  }
}

/** Draw the labels of all visible layers; returns of how many areas the name fits, and how many got it. */
export function drawLabels(context, layers, { view, colours, symbolBoxes }) {
  const labels = new Taken(), symbols = new Taken();
  const count = { fitting: 0, shown: 0 };
  symbolBoxes.forEach((box) => symbols.add(box));
  Object.assign(context, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 3, strokeStyle: colours.halo });
  for (const layer of inOrder(layers)) layerLabels(context, layer, { view, colours, labels, symbols, count });
  context.letterSpacing = "0px";
  return count;
}

/** The first place free of labels and symbols; where care is taken, one free of labels if need be. */
function bestPlace(places, { w, h, labels, symbols, careful }) {
  let second = null;
  for (const [x, y] of places) {
    const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
    if (labels.meets(box)) continue;
    if (!symbols.meets(box)) return [x, y];
    second = second || [x, y];
  }
  return careful ? second : null;
}
