// Everything beside the canvas: tools, scale, north arrow, legend, search, card, tables. Text enters as text nodes only.

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function addTools(host, painter, words) {
  const actions = [
    ["+", words.zoomIn, () => painter.zoom(1.5)],
    ["−", words.zoomOut, () => painter.zoom(1 / 1.5)],
    ["⌂", words.whole, () => painter.fit()],
  ];
  for (const [sign, title, action] of actions) {
    const button = element("button", sign, { type: "button", title, "aria-label": title });
    button.addEventListener("click", action);
    host.append(button);
  }
}

function niceLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((k) => k * power).find((length) => length <= most);
}

function updateScale(host, painter, step) {
  const metres = niceLength((110 * step) / painter.scale);
  const bar = element("i");
  bar.style.width = `${(metres / step) * painter.scale}px`;
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  host.replaceChildren(element("span", text), bar);
}

function addNorth(host, degrees, colours) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = element("canvas", null, { "aria-label": "N", role: "img" });
  canvas.width = 30 * ratio;
  canvas.height = 44 * ratio;
  canvas.style.width = "30px";
  canvas.style.height = "44px";
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  c.translate(15, 24);
  c.rotate((degrees * Math.PI) / 180);
  c.fillStyle = c.strokeStyle = colours.ink;
  c.lineWidth = 1;
  c.beginPath(); c.moveTo(0, -12); c.lineTo(-6, 14); c.lineTo(0, 9); c.closePath(); c.fill();
  c.beginPath(); c.moveTo(0, -12); c.lineTo(6, 14); c.lineTo(0, 9); c.closePath(); c.stroke();
  c.font = `600 11px ${colours.font}`;
  c.textAlign = "center";
  c.fillText("N", 0, -14);
  host.append(canvas);
}

function addLegend(host, layers, painter) {
  for (const layer of layers) {
    const box = element("div");
    const label = element("label");
    const check = element("input", null, { type: "checkbox", "data-layer": layer.key });
    check.checked = layer.visible;
    const list = element("ul");
    const update = () => {
      layer.visible = check.checked;
      list.classList.toggle("off", !check.checked);
      painter.changed();
    };
    check.addEventListener("change", update);
    label.append(check, element("span", layer.title));
    if (layer.inLegend) {
      for (const { title, style, count } of layer.classes) {
        const item = element("li");
        item.append(swatch(layer.kind, style, layer.outline), element("span", title), element("b", count.toLocaleString("en-US")));
        list.append(item);
      }
    }
    list.classList.toggle("off", !layer.visible);
    box.append(label, list);
    host.append(box);
  }
}

function addSearch(host, layers, words, choose) {
  const entries = [];
  for (const layer of layers)
    if (layer.searchable && layer.cards)
      layer.cards.forEach((card, index) => entries.push({ text: card.slice(0, 2).join(" ").toLowerCase(), layer, index, card }));
  if (!entries.length) return;
  const input = element("input", null, { type: "search", placeholder: words.search, "aria-label": words.search });
  const list = element("ul");
  list.hidden = true;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    list.replaceChildren();
    list.hidden = !wanted;
    if (!wanted) return;
    const found = entries.filter((entry) => entry.text.includes(wanted)).slice(0, 30);
    for (const { layer, index, card } of found) {
      const item = element("li");
      const button = element("button", card[0], { type: "button" });
      button.append(element("small", card[1] || layer.title));
      button.addEventListener("click", () => choose(layer.features[index]));
      item.append(button);
      list.append(item);
    }
    if (!found.length) list.append(element("li", words.nothing));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") list.querySelector("button")?.click();
    if (event.key === "Escape") { input.value = ""; list.hidden = true; }
  });
  host.append(input, list);
}

function showCard(card, feature, painter, { pinned, words }) {
  card.hidden = !feature;
  if (!feature) return;
  const layer = feature.layer;
  const facts = layer.cards[feature.index];
  const list = element("dl");
  layer.fields.forEach((field, i) => {
    if (i > 0 && facts[i]) list.append(element("dt", field), element("dd", facts[i].length > 400 ? `${facts[i].slice(0, 400)}…` : facts[i]));
  });
  const name = facts[0].length > 200 ? `${facts[0].slice(0, 200)}…` : facts[0];
  card.replaceChildren(element("h3", name), list);
  if (!feature.drawn) card.append(element("small", words.notDrawn));
  card.classList.toggle("pinned", pinned);
  const [x, y] = painter.toScreen(feature.anchor);
  const w = card.offsetWidth, h = card.offsetHeight;
  const left = x + 16 + w < painter.width ? x + 16 : x - 16 - w;
  card.style.left = `${Math.min(Math.max(left, 8), Math.max(painter.width - w - 8, 8))}px`;
  card.style.top = `${Math.min(Math.max(y - h / 2, 8), Math.max(painter.height - h - 8, 8))}px`;
}

function asNumber(text) {
  const value = Number.parseFloat(text.replaceAll(",", "").replaceAll("−", "-"));
  return Number.isNaN(value) ? -Infinity : value;
}

function addTable(host, table, layers, choose) {
  const section = element("section");
  section.append(element("h2", `${table.title} (${table.rows.length.toLocaleString("en-US")})`));
  const made = element("table");
  const head = element("tr");
  const body = element("tbody");
  const layer = layers.find((candidate) => candidate.key === table.layer);
  const rows = table.rows.map((row, index) => ({ row, feature: layer && layer.features[table.features ? table.features[index] : index] }));
  const lines = new Map();
  const fill = (ordered) => body.replaceChildren(...ordered.map((entry) => lines.get(entry)));
  for (const entry of rows) {
    const line = element("tr");
    entry.row.forEach((cell, i) => line.append(element("td", cell, table.columns[i].numeric ? { class: "number" } : {})));
    if (entry.feature) {
      line.className = "goes";
      line.tabIndex = 0;
      line.addEventListener("click", () => choose(entry.feature));
      line.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(entry.feature); });
    }
    lines.set(entry, line);
  }
  let sortedBy = -1, rising = true;
  table.columns.forEach((column, i) => {
    const cell = element("th", null, column.numeric ? { class: "number", scope: "col" } : { scope: "col" });
    const button = element("button", column.title, { type: "button" });
    button.addEventListener("click", () => {
      rising = sortedBy === i ? !rising : !column.numeric;
      sortedBy = i;
      const sign = rising ? 1 : -1;
      const compare = column.numeric ? (a, b) => asNumber(a.row[i]) - asNumber(b.row[i]) : (a, b) => a.row[i].localeCompare(b.row[i]);
      fill([...rows].sort((a, b) => sign * compare(a, b)));
      for (const other of head.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", rising ? "ascending" : "descending");
    });
    cell.append(button);
    head.append(cell);
  });
  const top = element("thead");
  top.append(head);
  made.append(top, body);
  fill(rows);
  section.append(made);
  host.append(section);
}
