// One place at a time: the map goes there, things elsewhere and their rows are left out. Texts enter as text nodes only.
import { element } from "./furniture.js";

function things(layers, field) {
  return layers
    .filter((layer) => layer.kind === "point" && layer.cards && layer.fields.includes(field))
    .map((layer) => ({ layer, all: layer.drawn.slice(), column: layer.fields.indexOf(field) }));
}

/** A list of the places of a layer; `filterBy` is the fact that names the place of a thing, and the key of the layer. */
export function addFilter(host, filterBy, { layers, tables, words, painter }) {
  const places = filterBy && layers.find((layer) => layer.key === filterBy[1]);
  if (!places || !places.labels || places.count < 2) return;
  const [field] = filterBy;
  const select = element("select", null, { "aria-label": field });
  select.append(element("option", `${field}${words.colon}${words.all}`, { value: "" }));
  places.labels.forEach((label, i) => select.append(element("option", label, { value: String(i) })));
  const masks = things(layers, field);
  select.addEventListener("change", () => {
    const name = select.value === "" ? null : places.labels[Number(select.value)];
    for (const { layer, all, column } of masks)
      for (let i = 0; i < layer.count; i++) layer.drawn[i] = all[i] && (name === null || layer.cards[i][column] === name) ? 1 : 0;
    for (const table of tables) table.keep(field, name);
    if (name === null) painter.view.fit();
    else painter.view.goTo(places.boxOf(Number(select.value)));
    painter.changed();
  });
  host.append(select);
}
