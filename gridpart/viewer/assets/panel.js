// Beside the map: legend with switches, search, card. Texts enter as text nodes only.
import { element } from "./furniture.js";
import { swatch } from "./symbols.js";

const MOST_FOUND = 30;
const LONGEST_FACT = 400;
const OTHERS_NAMED = 4;

export function counted(number) {
  return number.toLocaleString("en-US");
}

function legendItem(layer, { title, style, count }) {
  const item = element("li", null, count ? {} : { class: "none" });
  item.append(swatch(layer.kind, style, layer.outline), element("span", title, { dir: "auto" }), element("b", layer.counted ? counted(count) : ""));
  return item;
}

/** What is drawn on top comes first; then what has only a switch, then what is switched off at first. */
function inLegendOrder(layers) {
  const rank = (layer) => (layer.visible ? 0 : 2) + (layer.inLegend ? 0 : 1);
  return [...layers].reverse().sort((a, b) => rank(a) - rank(b));
}

export function addLegend(host, layers, changed) {
  for (const layer of inLegendOrder(layers)) {
    const box = element("div", null, { class: "layer" });
    const label = element("label");
    const check = element("input", null, { type: "checkbox", "data-layer": layer.key });
    check.checked = layer.visible;
    const list = element("ul");
    check.addEventListener("change", () => {
      layer.visible = check.checked;
      box.classList.toggle("off", !check.checked);
      changed();
    });
    label.append(check, element("span", layer.title, { dir: "auto" }));
    if (layer.inLegend) list.append(...layer.classes.map((entry) => legendItem(layer, entry)));
    box.classList.toggle("untold", !layer.inLegend);
    if (layer.inLegend && layer.classes.length === 1 && layer.classes[0].title === layer.title) box.classList.add("alone");
    box.classList.toggle("off", !layer.visible);
    box.append(label, list);
    host.append(box);
  }
}

/** Texts compare without case, width of letters and accents. */
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function searchEntries(layers) {
  const entries = [];
  for (const layer of layers)
    if (layer.searchable && layer.cards)
      layer.cards.forEach((card, feature) => {
        const names = card.slice(0, 2).map((text) => plain(text));
        entries.push({ names, layer, feature, card });
      });
  return entries;
}

function found(entries, wanted) {
  const ranked = [];
  for (const entry of entries) {
    const places = entry.names.map((name) => name.indexOf(wanted)).filter((place) => place >= 0);
    if (places.length) ranked.push([Math.min(...places) === 0 ? (entry.names.includes(wanted) ? 0 : 1) : 2, entry]);
  }
  return ranked.sort((a, b) => a[0] - b[0]).map(([, entry]) => entry);
}

export function addSearch(host, layers, { words, choose }) {
  if (!layers.some((layer) => layer.searchable && layer.cards?.length)) return;
  let entries = null; // made when first asked for: most maps are never searched
  const input = element("input", null, { type: "search", placeholder: words.search, "aria-label": words.search });
  const list = element("ul", null, { "aria-label": words.search });
  const close = () => { list.hidden = true; list.replaceChildren(); };
  close();
  input.addEventListener("input", () => {
    const wanted = plain(input.value.trim());
    close();
    if (!wanted) return;
    entries = entries || searchEntries(layers);
    const matches = found(entries, wanted);
    list.hidden = false;
    for (const { layer, feature, card } of matches.slice(0, MOST_FOUND)) {
      const item = element("li");
      const button = element("button", cut(card[0], 120), { type: "button", dir: "auto" });
      button.append(element("small", [card[1], layer.title].filter(Boolean).map((text) => cut(text, 60)).join(" · ")));
      button.addEventListener("click", () => { choose(layer, feature); close(); });
      item.append(button);
      list.append(item);
    }
    const rest = matches.length - MOST_FOUND;
    if (!matches.length) list.append(element("li", words.nothing, { class: "nothing" }));
    if (rest > 0) list.append(element("li", `+ ${counted(rest)} ${words.more}`, { class: "nothing" }));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") list.querySelector("button")?.click();
    if (event.key === "Escape") { input.value = ""; close(); }
  });
  host.append(input, list);
}

function cut(text, longest) {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function facts(layer, feature) {
  const card = layer.cards[feature];
  const list = element("dl");
  layer.fields.forEach((field, i) => {
    if (i > 0 && card[i]) list.append(element("dt", field, { dir: "auto" }), element("dd", cut(card[i], LONGEST_FACT), { dir: "auto" }));
  });
  return list;
}

/** Fill the card with the first hit in full and the names of the others. */
export function fillCard(card, hits, { words, pinned, unpin }) {
  card.hidden = !hits.length;
  card.classList.toggle("pinned", pinned);
  if (!hits.length) return;
  const [{ layer, feature }, ...others] = hits;
  const parts = [element("p", layer.title, { class: "kind", dir: "auto" }), element("h3", cut(layer.cards[feature][0] ?? "", LONGEST_FACT), { dir: "auto" }), facts(layer, feature)];
  if (!layer.drawn[feature]) parts.push(element("p", words.notDrawn, { class: "kind" }));
  if (others.length) {
    const list = element("ul");
    for (const other of others.slice(0, OTHERS_NAMED)) {
      const line = element("li", null, { dir: "auto" });
      line.append(element("span", other.layer.title), document.createTextNode(` ${cut(other.layer.cards[other.feature][0] ?? "", 80)}`));
      list.append(line);
    }
    if (others.length > OTHERS_NAMED) list.append(element("li", `+ ${counted(others.length - OTHERS_NAMED)} ${words.more}`));
    parts.push(list);
  }
  if (pinned) {
    const button = element("button", "×", { type: "button", class: "close", "aria-label": words.close, title: words.close });
    button.addEventListener("click", unpin);
    parts.unshift(button);
  }
  card.replaceChildren(...parts);
}

/** Put the card beside a place of the screen, inside the map. */
export function placeCard(card, [x, y], view) {
  const w = card.offsetWidth, h = card.offsetHeight;
  const left = x + 18 + w < view.width - 8 ? x + 18 : x - 18 - w;
  const top = y + 14 + h < view.height - 8 ? y + 14 : y - 14 - h;
  card.style.left = `${Math.round(Math.min(Math.max(left, 8), Math.max(view.width - w - 8, 8)))}px`;
  card.style.top = `${Math.round(Math.min(Math.max(top, 8), Math.max(view.height - h - 8, 8)))}px`;
}
