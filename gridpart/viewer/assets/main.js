// Puts painter and panel together and listens to pointer and keys.

function colourBook() {
  const computed = getComputedStyle(document.documentElement);
  return Object.fromEntries(["ground", "paper", "ink", "muted", "selected", "font"].map((name) => [name, computed.getPropertyValue(`--${name}`).trim()]));
}

function listenToPointer(canvas, painter, { hover, pick }) {
  const pointers = new Map();
  let moved = 0, pinch = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, place(event));
    canvas.setPointerCapture(event.pointerId);
    moved = 0;
    if (pointers.size === 2) pinch = spread();
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) return hover(painter.featureAt(x, y));
    pointers.set(event.pointerId, [x, y]);
    moved += Math.abs(x - before[0]) + Math.abs(y - before[1]);
    if (pointers.size === 1) painter.pan(x - before[0], y - before[1]);
    else {
      const now = spread();
      painter.zoom(now / pinch, x, y);
      pinch = now;
    }
  });
  const end = (event) => {
    if (pointers.delete(event.pointerId) && moved < 4 && event.type === "pointerup") pick(painter.featureAt(...place(event)));
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => hover(null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    painter.zoom(Math.exp(-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) * 0.0028), ...place(event));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => painter.zoom(2, ...place(event)));
}

function listenToKeys(canvas, painter, pick) {
  const far = 60;
  const actions = {
    ArrowLeft: () => painter.pan(far, 0),
    ArrowRight: () => painter.pan(-far, 0),
    ArrowUp: () => painter.pan(0, far),
    ArrowDown: () => painter.pan(0, -far),
    "+": () => painter.zoom(1.4),
    "=": () => painter.zoom(1.4),
    "-": () => painter.zoom(1 / 1.4),
    0: () => painter.fit(),
    Escape: () => pick(null),
    Enter: () => pick(painter.featureAt(painter.width / 2, painter.height / 2)),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  });
}

function start() {
  const data = JSON.parse(document.getElementById("gridpart-data").textContent);
  const find = (selector) => document.querySelector(selector);
  const canvas = find(".map > canvas");
  const card = find(".card");
  const layers = data.layers.map(decodeLayer);
  const colours = colourBook();
  const painter = new Painter(canvas, layers, data.size, colours);
  const words = data.words;
  const show = () => {
    const feature = painter.marked || painter.hovered;
    showCard(card, feature, painter, { pinned: Boolean(painter.marked), words });
  };
  const hover = (feature) => {
    if (feature === painter.hovered) return;
    painter.hovered = feature;
    painter.changed();
  };
  const pick = (feature) => {
    painter.marked = feature === painter.marked ? null : feature;
    painter.changed();
  };
  const choose = (feature) => {
    if (feature.drawn) painter.goTo(feature);
    if (!feature.layer.visible) find(`input[data-layer="${CSS.escape(feature.layer.key)}"]`)?.click();
    painter.marked = feature.layer.cards ? feature : null;
    painter.changed();
    canvas.scrollIntoView({ block: "nearest" });
  };
  painter.listeners.push(show, () => updateScale(find(".scale"), painter, data.step));
  addTools(find(".tools"), painter, words);
  addNorth(find(".north"), data.north, colours);
  addLegend(find(".legend"), layers, painter);
  addSearch(find(".search"), layers, words, choose);
  for (const table of data.tables) addTable(find(".tables"), table, layers, choose);
  listenToPointer(canvas, painter, { hover, pick });
  listenToKeys(canvas, painter, pick);
  new ResizeObserver(() => {
    const atHome = Math.abs(painter.scale - painter.fitScale) < 1e-12;
    painter.resize();
    painter.fitScale = undefined;
    if (atHome) painter.fit();
    else {
      const { scale, x, y } = painter;
      painter.fit();
      Object.assign(painter, { scale, x, y });
    }
  }).observe(canvas);
  document.documentElement.dataset.ready = "true";
}

start();
