// Beside the map: what is known of the chosen cell, the plan, the layers. One at a time, by tabs.
import { element } from "./furniture.js";

export const TABS = ["cell", "plan", "layers"];

let panels = 0;

export class Aside {
  constructor(host, words) {
    this.list = element("div", null, { class: "tabs", role: "tablist", "aria-label": words.beside });
    this.panels = {};
    this.tabs = {};
    host.append(this.list);
    for (const name of TABS) {
      const id = `panel-${(panels += 1)}`;
      const tab = element("button", words[`${name}Tab`], { type: "button", role: "tab", "aria-controls": id, id: `${id}-tab`, "data-act": `${name}Tab` });
      const panel = element("section", null, { class: `panel ${name}`, role: "tabpanel", id, "aria-labelledby": `${id}-tab` });
      tab.addEventListener("click", () => this.open(name));
      Object.assign(this.panels, { [name]: panel });
      Object.assign(this.tabs, { [name]: tab });
      this.list.append(tab);
      host.append(panel);
    }
    this.list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      this.open(TABS.at((TABS.indexOf(this.shown) + step) % TABS.length));
      this.tabs[this.shown].focus();
      event.preventDefault();
      event.stopPropagation();
    });
    this.open("layers");
  }

  open(name) {
    this.shown = name;
    for (const other of TABS) {
      this.panels[other].hidden = other !== name;
      this.tabs[other].setAttribute("aria-selected", String(other === name));
      this.tabs[other].tabIndex = other === name ? 0 : -1;
    }
    this.opened?.(name);
  }

  /** Open a panel and go to its first control. */
  enter(name) {
    this.open(name);
    (this.panels[name].querySelector("input:not([disabled]), select, textarea, button:not([disabled])") || this.tabs[name]).focus();
  }
}

/** A control with its label above it. */
export function labelled(text, control) {
  const label = element("label", null, { class: "field" });
  label.append(element("span", text), control);
  return label;
}

export function pressable(text, name, act) {
  const made = element("button", text, { type: "button", "data-act": name, dir: "auto" });
  made.addEventListener("click", act);
  return made;
}

/** What was said, newest first; `press` is called with the cell that it is about. */
export function commentList(comments, { words, empty, press = null }) {
  const list = element("ul", null, { class: "comments" });
  if (!comments.length) list.append(element("li", empty, { class: "none" }));
  for (const { at, who, text, cell_id: cell } of [...comments].reverse()) {
    const item = element("li");
    if (press && cell) item.append(pressable(cell, "toCell", () => press(cell)));
    item.append(element("p", text, { dir: "auto" }), element("small", `${who} · ${at.slice(0, 10)}`, { dir: "auto" }));
    list.append(item);
  }
  list.setAttribute("aria-label", words.comments);
  return list;
}

/** Field and button for a comment; what is typed stays until the kernel has kept it. */
export function commentForm(label, button, send) {
  const form = element("div", null, { class: "comment" }), text = element("textarea", null, { rows: 2, maxlength: 4000, "data-act": "commentText" });
  const add = pressable(button, "addComment", () => send(text.value, () => { text.value = ""; look(); }));
  const look = () => { add.disabled = !text.value.trim(); };
  text.addEventListener("input", look);
  look();
  form.append(labelled(label, text), add);
  return { form, text, look, label: form.querySelector("span") };
}
