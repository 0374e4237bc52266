// Symbols, hatches and swatches: the same shapes on map and legend.

const ROUND = 2 * Math.PI;

const SHAPES = {
  square: (c, r) => c.rect(-r, -r, 2 * r, 2 * r),
  open_square: (c, r) => c.rect(-r, -r, 2 * r, 2 * r),
  triangle: (c, r) => { c.moveTo(0, -1.15 * r); c.lineTo(1.05 * r, 0.8 * r); c.lineTo(-1.05 * r, 0.8 * r); c.closePath(); },
  open_triangle: (c, r) => SHAPES.triangle(c, r),
  dot: (c, r) => c.arc(0, 0, r, 0, ROUND),
  circle: (c, r) => c.arc(0, 0, r, 0, ROUND),
  circle_cross: (c, r) => {
    c.arc(0, 0, r, 0, ROUND);
    c.moveTo(-r, 0); c.lineTo(r, 0);
    c.moveTo(0, -r); c.lineTo(0, r);
  },
  diamond: (c, r) => { c.moveTo(0, -1.2 * r); c.lineTo(1.2 * r, 0); c.lineTo(0, 1.2 * r); c.lineTo(-1.2 * r, 0); c.closePath(); },
  cross: (c, r) => { c.moveTo(-r, -r); c.lineTo(r, r); c.moveTo(-r, r); c.lineTo(r, -r); },
};

export function drawSymbol(context, style, { x, y, grow = 1 }) {
  context.save();
  context.translate(x, y);
  context.lineJoin = "miter";
  context.beginPath();
  (SHAPES[style.symbol] || SHAPES.circle)(context, (style.size / 2) * grow);
  if (style.fill && style.symbol !== "cross") {
    context.fillStyle = style.fill;
    context.fill();
  }
  if (style.stroke) {
    context.strokeStyle = style.stroke;
    context.lineWidth = style.width * Math.min(grow, 1);
    context.stroke();
  }
  context.restore();
}

const sprites = new Map();

/** A symbol drawn once, to be stamped; its side is in device pixels and even. */
export function symbolSprite(style, grow, ratio) {
  const key = `${JSON.stringify(style)} ${grow.toFixed(2)} ${ratio}`;
  if (!sprites.has(key)) {
    const half = Math.ceil(ratio * (0.75 * style.size * grow + style.width + 1));
    const sprite = document.createElement("canvas");
    sprite.width = sprite.height = 2 * half;
    const context = sprite.getContext("2d");
    context.scale(ratio, ratio);
    drawSymbol(context, style, { x: half / ratio, y: half / ratio, grow });
    sprites.set(key, sprite);
  }
  return sprites.get(key);
}

const tiles = new Map();

function hatchTile(style, ratio) {
  const side = Math.round((style.hatch === "cross" ? 7 : 8) * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const pen = tile.getContext("2d");
  pen.strokeStyle = pen.fillStyle = style.hatch_colour || "#000";
  pen.lineWidth = (style.hatch === "cross" ? 0.9 : 1.1) * ratio;
  pen.globalAlpha = 0.7;
  pen.beginPath();
  if (style.hatch === "dots") pen.arc(side / 2, side / 2, ratio, 0, ROUND);
  if (style.hatch === "horizontal") { pen.moveTo(0, side / 2); pen.lineTo(side, side / 2); }
  const rising = style.hatch === "diagonal" || style.hatch === "cross";
  for (const k of [-1, 0, 1]) {
    if (rising) { pen.moveTo((k - 0.5) * side, 1.5 * side); pen.lineTo((k + 1.5) * side, -0.5 * side); }
    if (style.hatch === "cross") { pen.moveTo((k - 0.5) * side, -0.5 * side); pen.lineTo((k + 1.5) * side, 1.5 * side); }
  }
  if (style.hatch === "dots") pen.fill(); else pen.stroke();
  return tile;
}

/** Pattern of a style; `unit` is the size of a device pixel in the coordinates it will fill. */
export function hatchPattern(context, style, { ratio, unit }) {
  const key = `${style.hatch} ${style.hatch_colour} ${ratio}`;
  if (!tiles.has(key)) tiles.set(key, hatchTile(style, ratio));
  const pattern = context.createPattern(tiles.get(key), "repeat");
  pattern.setTransform(new DOMMatrix([unit, 0, 0, unit, 0, 0]));
  return pattern;
}

function swatchLine(context, style, [w, h]) {
  context.strokeStyle = style.stroke;
  context.lineWidth = Math.max(style.width, 1);
  context.setLineDash(style.dash || []);
  context.lineCap = "butt";
  context.beginPath();
  context.moveTo(1, h - 4);
  context.bezierCurveTo(w / 3, 1, (2 * w) / 3, h, w - 1, 4);
  context.stroke();
}

function swatchArea(context, style, { outline, ratio, size: [w, h] }) {
  context.beginPath();
  context.rect(1.5, 1.5, w - 3, h - 3);
  if (style.fill) { context.fillStyle = style.fill; context.fill(); }
  if (style.hatch) { context.fillStyle = hatchPattern(context, style, { ratio, unit: 1 / ratio }); context.fill(); }
  const edge = style.stroke ? style : outline;
  context.strokeStyle = edge && edge.stroke ? edge.stroke : "#b9b2a3";
  context.lineWidth = edge && edge.stroke ? Math.min(edge.width, 2) : 0.8;
  context.setLineDash((edge && edge.dash) || []);
  context.stroke();
}

export function swatch(kind, style, outline) {
  const ratio = Math.max(window.devicePixelRatio || 1, 2);
  const size = [28, 18];
  const canvas = document.createElement("canvas");
  canvas.className = "swatch";
  canvas.width = size[0] * ratio;
  canvas.height = size[1] * ratio;
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  if (kind === "point") drawSymbol(context, style, { x: size[0] / 2, y: size[1] / 2 });
  if (kind === "line") swatchLine(context, style, size);
  if (kind === "area") swatchArea(context, style, { outline, ratio, size });
  return canvas;
}
