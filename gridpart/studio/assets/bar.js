// Buttons that say what they do, and the line that says what happened. Texts enter as text nodes only.
import { element } from "./furniture.js";

export const TOOLS = [
  ["look", "h"], ["brush", "b"], ["lasso", "l"], ["box", "x"], ["border", "v"], ["outlet", "o"], ["split", "s"], ["merge", "m"], ["lock", "k"],
];
const SIZES = [0, 12, 24, 48];
export const MODES = ["cell", "load", "coverage", "officer"];

/** What a tool can do in several ways: its key, pressed again, takes the next. */
export const WAYS = { border: ["point", "stretch"], outlet: ["move", "open", "close"] };

const KINDS = ["main_branch", "branch", "sub_branch", "self_service_bank"];

/** Drawings of the tools as strokes in a box of 20 by 20. */
const ICONS = {
  look: "M10 2v16M2 10h16M10 2l-2 3M10 2l2 3M10 18l-2-3M10 18l2-3M2 10l3-2M2 10l3 2M18 10l-3-2M18 10l-3 2",
  brush: "M17 3l-7 8M10 11c-3-1-5 1-5 3 0 2-1 3-3 3 5 2 9 0 10-3 0-1-1-2-2-3z",
  lasso: "M10 4c5 0 8 2 8 5s-3 5-8 5-8-2-8-5 3-5 8-5zM6 13c-2 1-2 4 1 4",
  box: "M3 4h14v12H3z",
  border: "M2 16L10 9l8 4M8 7h4v4H8z",
  outlet: "M6 6h8v8H6zM10 1v3M10 16v3M1 10h3M16 10h3",
  split: "M3 4h14v12H3zM12 2L8 18",
  merge: "M2 5h7v10H2zM11 5h7v10h-7zM6 10h8M11 8l3 2-3 2",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
  undo: "M7 5L3 9l4 4M3 9h9a5 4 0 0 1 0 8H9",
  redo: "M13 5l4 4-4 4M17 9H8a5 4 0 0 0 0 8h3",
  suggest: "M10 2a5 5 0 0 1 3 9v3H7v-3a5 5 0 0 1 3-9zM7 17h6",
  plan: "M4 2h9l3 3v13H4zM7 7h6M7 10h6M7 13l2 2 4-4",
  save: "M3 3h11l3 3v11H3zM6 3v5h7V3M6 17v-5h8v5",
};

function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 20 20");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}

function button(name, title, act, attributes = {}) {
  const made = element("button", null, { type: "button", "data-act": name, title, ...attributes });
  if (ICONS[name]) made.append(icon(name));
  made.append(element("span", title));
  made.addEventListener("click", act);
  return made;
}

/** Mark one of several buttons as chosen: Tab comes to it, the arrow keys to the others. */
function markChosen(made, isChosen) {
  made.setAttribute("aria-checked", String(isChosen));
  made.tabIndex = isChosen ? 0 : -1;
}

/** Arrow keys go around among buttons of which one is chosen. */
export function stepAround(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], group = event.target.closest?.("[role=radiogroup]");
  if (!step || !group) return false;
  const all = [...group.children], next = all[(all.indexOf(event.target) + step + all.length) % all.length];
  next.focus();
  next.click();
  return true;
}

export class Bar {
  constructor(host, line, board) {
    Object.assign(this, { host, line, board, words: board.words });
    this.addTools();
    this.addHistory();
    this.addChoices();
    this.addLine();
  }

  addTools() {
    const group = element("div", null, { class: "group", role: "radiogroup", "aria-label": this.words.tools });
    this.tools = Object.fromEntries(TOOLS.map(([name, key]) => {
      const made = button(name, this.words[name], () => this.board.take(name), { role: "radio", "aria-keyshortcuts": key });
      made.title = `${this.words[`${name}Hint`]} [${key.toUpperCase()}]`;
      group.append(made);
      return [name, made];
    }));
    this.host.append(group);
  }

  /** A row of its own, so that the map stays where it is whatever the tool in hand has to choose from. */
  addChoices() {
    const { words, board } = this;
    const group = element("div", null, { class: "group choices" });
    this.chip = element("span", null, { class: "chip" });
    this.chipName = element("b", words.noCell);
    this.chipColour = element("i");
    this.chip.append(element("span", `${words.into}${words.colon}`), this.chipColour, this.chipName);
    this.size = this.select(words.size, SIZES.map((px) => [px, px ? `⌀ ${2 * px} px` : words.oneUnit]), (px) => { board.radius = +px; });
    this.halve = button("halve", words.halve, () => board.halve());
    const atOnce = element("label", null, { class: "check" });
    const check = element("input", null, { type: "checkbox", "data-act": "atOnce" });
    check.checked = board.atOnce;
    check.addEventListener("change", () => { board.atOnce = check.checked; });
    this.atOnce = atOnce;
    atOnce.append(check, element("span", words.atOnce));
    group.append(this.chip, this.size, this.addWays(), this.halve, atOnce);
    this.host.append(group);
  }

  /** Buttons for the ways of the tool in hand. */
  addWays() {
    this.ways = element("span", null, { class: "group ways" });
    for (const [tool, ways] of Object.entries(WAYS)) {
      const group = element("span", null, { class: "group", role: "radiogroup", "data-tool": tool, "aria-label": this.words[tool] });
      for (const way of ways) {
        const name = `${tool}-${way}`, made = button(name, this.words[name], () => this.board.takeWay(tool, way), { role: "radio" });
        made.title = this.words[`${name}Hint`];
        group.append(made);
      }
      this.ways.append(group);
    }
    return this.ways;
  }

  select(title, options, choose) {
    const label = element("label", null, { class: "select" });
    const list = element("select", null, { "aria-label": title });
    for (const [value, text] of options) list.append(element("option", text, { value }));
    list.addEventListener("change", () => choose(list.value));
    label.append(element("span", title), list);
    return label;
  }

  addHistory() {
    const { words, board } = this;
    const group = element("div", null, { class: "group" });
    this.mode = this.select(words.colourBy, MODES.map((mode) => [mode, words[`by${mode[0].toUpperCase()}${mode.slice(1)}`]]), (mode) => board.colourBy(mode));
    this.suggest = button("suggest", words.suggest, () => board.suggest(), { "aria-keyshortcuts": "r" });
    this.suggest.title = `${words.suggestHint} [R]`;
    this.help = button("help", "?", () => board.say("help"), { "aria-label": words.keys });
    this.help.title = words.keys;
    this.undo = button("undo", words.undo, () => board.undo(), { "aria-keyshortcuts": "Control+Z" });
    this.redo = button("redo", words.redo, () => board.redo(), { "aria-keyshortcuts": "Control+Y" });
    this.save = button("save", words.save, () => board.save(), { "aria-keyshortcuts": "Control+S" });
    this.plan = button("plan", words.plan, () => board.openPlan(), { "aria-keyshortcuts": "p" });
    this.plan.title = `${words.planHint} [P]`;
    group.append(this.suggest, this.undo, this.redo, this.plan, this.save, this.help, this.mode);
    this.host.append(group);
  }

  addLine() {
    const { words, board, line } = this;
    this.text = element("p", words.loading, { role: "status", "aria-live": "polite" });
    this.apply = button("apply", `${words.apply} ⏎`, () => board.applyPending());
    this.discard = button("discard", `${words.discard} Esc`, () => board.discardPending());
    this.link = element("small");
    this.form = element("span", null, { class: "form" });
    line.append(this.text, this.form, this.apply, this.discard, this.link);
  }

  /** Ask beside Apply for what a new outlet is called, what it is, and which cell it serves. */
  askOutlet({ id, cells }, changed) {
    const { words } = this;
    const list = this.select(words.outletServes, cells, () => tell());
    const kinds = this.select(words.outletKind, [["", words.unknownKind], ...KINDS.map((kind) => [kind, words[`kind-${kind}`]])], () => tell());
    Object.entries({ outletServes: list, outletKind: kinds }).forEach(([act, { lastChild }]) => { lastChild.dataset.act = act; });
    const [number, name] = ["outletId", "outletName"].map((act) => element("input", null, { type: "text", "data-act": act, "aria-label": words[act], maxlength: 80, autocomplete: "off" }));
    number.value = id;
    const chosen = (label) => label.querySelector("select").value;
    const tell = () => changed({ id: number.value, cell: chosen(list), name: name.value, kind: chosen(kinds) });
    const labels = [number, name].map((field) => {
      const label = element("label", null, { class: "select" });
      label.append(element("span", words[field.dataset.act]), field);
      field.addEventListener("input", tell);
      return label;
    });
    this.form.replaceChildren(...labels, kinds, list);
    number.focus({ preventScroll: true });
    number.select();
  }

  resizeBrush(step) {
    const list = this.size.querySelector("select");
    list.selectedIndex = Math.min(Math.max(list.selectedIndex + step, 0), SIZES.length - 1);
    this.board.radius = SIZES[list.selectedIndex];
  }

  say(text, kind) {
    this.text.textContent = text;
    this.line.dataset.kind = kind;
  }

  update() {
    const { board, words } = this;
    for (const [name, made] of Object.entries(this.tools)) markChosen(made, name === board.toolName);
    this.undo.disabled = !board.canUndo && !board.hasPending();
    this.redo.disabled = !board.canRedo || board.hasPending();
    this.save.hidden = !board.canSave;
    this.save.disabled = board.saved === board.link.rev;
    this.halve.hidden = board.toolName !== "split";
    this.halve.disabled = board.target === null;
    this.atOnce.hidden = this.size.hidden = board.toolName !== "brush";
    this.chipName.textContent = board.target === null ? words.noCell : board.targetName();
    this.chip.classList.toggle("none", board.target === null);
    this.chipColour.style.background = board.target === null ? "none" : board.faces.classes[board.faces.ofFace ? 0 : board.faces.ofCell[board.target]]?.style.fill;
    for (const group of this.ways.children) {
      group.hidden = group.dataset.tool !== board.toolName;
      WAYS[group.dataset.tool].forEach((way, i) => markChosen(group.children[i], way === board.ways[group.dataset.tool]));
    }
    if (!board.proposal) this.form.replaceChildren();
    this.apply.hidden = !board.isWaiting();
    this.discard.hidden = !board.isWaiting() && !board.proposal;
  }
}
