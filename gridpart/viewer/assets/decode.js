// From flat whole numbers to paths, boxes and anchors. One unit is `step` metres; y points up until the view turns it.

function readChains(points, lengths) {
  const chains = [];
  let at = 0;
  for (const length of lengths) {
    const chain = new Float64Array(2 * length);
    let x = 0, y = 0;
    for (let i = 0; i < length; i++) {
      x += points[at++];
      y += points[at++];
      chain[2 * i] = x;
      chain[2 * i + 1] = -y;
    }
    chains.push(chain);
  }
  return chains;
}

function emptyBox() {
  return [Infinity, Infinity, -Infinity, -Infinity];
}

function widen(box, chain) {
  for (let i = 0; i < chain.length; i += 2) {
    box[0] = Math.min(box[0], chain[i]);
    box[1] = Math.min(box[1], chain[i + 1]);
    box[2] = Math.max(box[2], chain[i]);
    box[3] = Math.max(box[3], chain[i + 1]);
  }
}

function traceChain(path, chain, { backwards = false, start = true } = {}) {
  const n = chain.length / 2;
  for (let k = start ? 0 : 1; k < n; k++) {
    const i = 2 * (backwards ? n - 1 - k : k);
    if (k === 0) path.moveTo(chain[i], chain[i + 1]);
    else path.lineTo(chain[i], chain[i + 1]);
  }
}

function decodeAreas(layer) {
  const { points, arcs, uses, rings, features, anchors, room } = layer.shape;
  const chains = readChains(points, arcs);
  let use = 0, ring = 0;
  layer.features = features.map((ringCount, index) => {
    const path = new Path2D();
    const box = emptyBox();
    for (let r = 0; r < ringCount; r++, ring++) {
      for (let u = 0; u < rings[ring]; u++, use++) {
        const backwards = uses[use] < 0;
        const chain = chains[backwards ? ~uses[use] : uses[use]];
        traceChain(path, chain, { backwards, start: u === 0 });
        widen(box, chain);
      }
      path.closePath();
    }
    return { path, box, anchor: [anchors[2 * index], -anchors[2 * index + 1]], room: room[index] };
  });
  layer.borders = new Path2D();
  for (const chain of chains) traceChain(layer.borders, chain);
}

function decodeLines(layer) {
  const { points, arcs, features } = layer.shape;
  const chains = readChains(points, arcs);
  let at = 0;
  layer.features = features.map((count) => {
    const path = new Path2D();
    const box = emptyBox();
    let anchor = [0, 0];
    for (let i = 0; i < count; i++, at++) {
      const chain = chains[at];
      traceChain(path, chain);
      widen(box, chain);
      const middle = 2 * Math.floor(chain.length / 4);
      anchor = [chain[middle], chain[middle + 1]];
    }
    return { path, box, anchor, room: 0 };
  });
}

function decodePoints(layer) {
  const { points, there } = layer.shape;
  layer.features = there.map((drawn, index) => {
    const anchor = [points[2 * index], -points[2 * index + 1]];
    return { drawn: Boolean(drawn), box: [...anchor, ...anchor], anchor, room: 0 };
  });
}

function decodeLayer(layer) {
  ({ area: decodeAreas, line: decodeLines, point: decodePoints })[layer.kind](layer);
  layer.features.forEach((feature, index) => {
    feature.index = index;
    feature.layer = layer;
    if (feature.drawn === undefined) feature.drawn = feature.box[0] <= feature.box[2];
  });
  layer.byClass = layer.classes.map((_, number) => layer.features.filter((f) => f.drawn && layer.classOf[f.index] === number));
  return layer;
}
