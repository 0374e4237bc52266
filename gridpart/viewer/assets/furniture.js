// What stands on the map: buttons, scale bar, north arrow. Texts enter as text nodes only.

const SCALE_PX = 160;
const ROOM_FOR_HALF_PX = 90;
const SVG = "http://www.w3.org/2000/svg";

export function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function addTools(host, words, actions) {
  for (const [sign, name] of [["+", "zoomIn"], ["−", "zoomOut"], ["⤢", "whole"]]) {
    const button = element("button", sign, { type: "button", title: words[name], "aria-label": words[name] });
    button.addEventListener("click", actions[name]);
    host.append(button);
  }
}

function niceLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((k) => k * power).find((length) => length <= most * 1.000001);
}

function lengthText(metres) {
  const [value, unit] = metres >= 1000 ? [metres / 1000, "km"] : metres >= 1 ? [metres, "m"] : [metres * 100, "cm"];
  return `${Number(value.toPrecision(3)).toLocaleString("en-US")} ${unit}`;
}

/** Length of the scale bar: metres and px on screen. `metresPerUnit` holds on the ground, in the middle of the map. */
export function scaleBar(view, metresPerUnit) {
  const metres = niceLength((SCALE_PX * metresPerUnit) / view.scale);
  return { metres, width: (metres / metresPerUnit) * view.scale, half: lengthText(metres / 2), whole: lengthText(metres) };
}

export function updateScale(host, bar) {
  if (!host.firstChild) {
    const texts = element("div", null, { class: "ticks" });
    for (let i = 0; i < 3; i++) texts.append(element("span"));
    const line = element("div", null, { class: "bar" });
    for (let i = 0; i < 4; i++) line.append(element("i"));
    host.append(texts, line);
  }
  const [texts, line] = host.children;
  [...texts.children].forEach((tick, i) => { tick.textContent = ["0", bar.half.split(" ")[0], bar.whole][i]; });
  if (bar.half.split(" ")[1] !== bar.whole.split(" ")[1]) texts.children[1].textContent = bar.half;
  if (bar.width < ROOM_FOR_HALF_PX) texts.children[1].textContent = "";
  texts.style.width = line.style.width = `${bar.width.toFixed(2)}px`;
  host.dataset.metres = bar.metres;
}

/** The same bar drawn on the canvas, for paper: there it keeps its length relative to the map. */
export function drawScale(context, bar, { height, colours }) {
  const [x, y] = [16, height - 22];
  context.fillStyle = colours.ink;
  context.strokeStyle = colours.ink;
  context.lineWidth = 1;
  context.strokeRect(x, y, bar.width, 5);
  for (const i of [0, 2]) context.fillRect(x + (i * bar.width) / 4, y, bar.width / 4, 5);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "alphabetic";
  context.textAlign = "center";
  context.fillText("0", x, y - 4);
  context.fillText(bar.whole, x + bar.width, y - 4);
}

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function addNorth(host, degrees, { colours, words }) {
  const picture = shape("svg", { viewBox: "0 -2 40 58", role: "img", width: 40, height: 58 });
  const title = shape("title", {});
  title.textContent = `${words.north} ${degrees.toFixed(2)}°`;
  const turned = shape("g", { transform: `rotate(${degrees} 20 34)` });
  turned.append(
    shape("path", { d: "M20 15 L12 50 L20 44 Z", fill: colours.ink }),
    shape("path", { d: "M20 15 L28 50 L20 44 Z", fill: colours.paper, stroke: colours.ink, "stroke-width": 1, "stroke-linejoin": "round" }),
  );
  const letter = shape("text", { x: 20, y: 11, "text-anchor": "middle", class: "north-letter", fill: colours.ink });
  letter.textContent = words.northLetter;
  turned.append(letter);
  picture.append(title, turned);
  host.append(picture);
}
