// Symbols, hatches and swatches: the same shapes on map and legend.

const SHAPES = {
  square: (c, r) => c.rect(-r, -r, 2 * r, 2 * r),
  open_square: (c, r) => c.rect(-r, -r, 2 * r, 2 * r),
  triangle: (c, r) => { c.moveTo(0, -1.15 * r); c.lineTo(1.05 * r, 0.8 * r); c.lineTo(-1.05 * r, 0.8 * r); c.closePath(); },
  open_triangle: (c, r) => SHAPES.triangle(c, r),
  dot: (c, r) => c.arc(0, 0, r, 0, 7),
  circle: (c, r) => c.arc(0, 0, r, 0, 7),
  circle_cross: (c, r) => {
    c.arc(0, 0, r, 0, 7);
    c.moveTo(-r, 0); c.lineTo(r, 0);
    c.moveTo(0, -r); c.lineTo(0, r);
  },
  diamond: (c, r) => { c.moveTo(0, -1.25 * r); c.lineTo(1.25 * r, 0); c.lineTo(0, 1.25 * r); c.lineTo(-1.25 * r, 0); c.closePath(); },
  cross: (c, r) => { c.moveTo(-r, -r); c.lineTo(r, r); c.moveTo(-r, r); c.lineTo(r, -r); },
};

function drawSymbol(context, style, x, y, grow = 1) {
  context.save();
  context.translate(x, y);
  context.beginPath();
  (SHAPES[style.symbol] || SHAPES.circle)(context, (style.size / 2) * grow);
  if (style.fill && style.symbol !== "cross") {
    context.fillStyle = style.fill;
    context.fill();
  }
  if (style.stroke) {
    context.strokeStyle = style.stroke;
    context.lineWidth = style.width;
    context.stroke();
  }
  context.restore();
}

const hatches = new Map();

function hatchPattern(context, style, ratio) {
  const key = `${style.hatch} ${style.hatch_colour} ${ratio}`;
  if (!hatches.has(key)) {
    const side = Math.round(8 * ratio);
    const tile = document.createElement("canvas");
    tile.width = tile.height = side;
    const pen = tile.getContext("2d");
    pen.strokeStyle = pen.fillStyle = style.hatch_colour || "#000";
    pen.lineWidth = 1.1 * ratio;
    pen.globalAlpha = 0.75;
    pen.beginPath();
    if (style.hatch === "dots") pen.arc(side / 2, side / 2, 1.1 * ratio, 0, 7);
    if (style.hatch === "horizontal") { pen.moveTo(0, side / 2); pen.lineTo(side, side / 2); }
    if (style.hatch === "diagonal" || style.hatch === "cross")
      for (const k of [-1, 0, 1]) { pen.moveTo(k * side - 1, side + 1); pen.lineTo((k + 1) * side + 1, -1); }
    if (style.hatch === "cross")
      for (const k of [-1, 0, 1]) { pen.moveTo(k * side - 1, -1); pen.lineTo((k + 1) * side + 1, side + 1); }
    if (style.hatch === "dots") pen.fill(); else pen.stroke();
    hatches.set(key, context.createPattern(tile, "repeat"));
  }
  return hatches.get(key);
}

function swatch(kind, style, outline) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = document.createElement("canvas");
  canvas.className = "swatch";
  const [w, h] = [26, 16];
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  canvas.style.width = `${w}px`;
  canvas.style.height = `${h}px`;
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  if (kind === "point") drawSymbol(context, style, w / 2, h / 2);
  if (kind === "line") {
    context.strokeStyle = style.stroke;
    context.lineWidth = Math.max(style.width, 1);
    context.setLineDash(style.dash || []);
    context.beginPath();
    context.moveTo(1, h - 4);
    context.bezierCurveTo(w / 3, 1, (2 * w) / 3, h, w - 1, 4);
    context.stroke();
  }
  if (kind === "area") {
    context.beginPath();
    context.rect(1, 1, w - 2, h - 2);
    if (style.fill) { context.fillStyle = style.fill; context.fill(); }
    if (style.hatch) {
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = hatchPattern(context, style, ratio);
      context.fillRect(ratio, ratio, (w - 2) * ratio, (h - 2) * ratio);
      context.restore();
    }
    const edge = style.stroke ? style : outline;
    if (edge) {
      context.strokeStyle = edge.stroke;
      context.lineWidth = Math.min(edge.width, 2);
      context.setLineDash(edge.dash || []);
      context.stroke();
    }
  }
  return canvas;
}
