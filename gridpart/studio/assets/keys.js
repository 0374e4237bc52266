// Everything without a mouse: the cross in the middle of the map is the tool's point.
import { TOOLS, stepAround } from "./bar.js";

const STEP_PX = 40;
const FINE_PX = 4;

class Cross {
  constructor(studio) {
    this.studio = studio;
    this.tool = null;
  }

  get middle() {
    return [this.studio.view.width / 2, this.studio.view.height / 2];
  }

  /** Press the tool at the cross, or lift it. */
  act() {
    const tool = this.studio.board.tool();
    if (!tool) this.studio.pick(this.middle);
    else if (this.tool) this.lift();
    else {
      this.tool = tool;
      this.origin = this.middle;
      tool.press(this.middle);
      if (tool === this.studio.board.tools.brush || !tool.busy) this.lift(); // a press of the brush paints one unit
    }
  }

  lift() {
    this.tool.release(this.middle);
    this.tool = null;
  }

  moved() {
    this.tool?.drag(this.middle);
    if (!this.tool) this.studio.board.tool()?.hover(this.middle);
    this.studio.hover(this.middle);
  }

  cancel() {
    this.tool?.cancel();
    this.tool = null;
  }
}

export function listenToStudioKeys(root, studio) {
  const { view, painter, board } = studio, { canvas } = studio.parts, cross = new Cross(studio);
  const pan = (dx, dy) => (event) => { const k = event.shiftKey ? FINE_PX : STEP_PX; view.pan(dx * k, dy * k); };
  const moves = {
    ArrowLeft: pan(1, 0), ArrowRight: pan(-1, 0), ArrowUp: pan(0, 1), ArrowDown: pan(0, -1),
    "+": () => view.zoom(1.5), "=": () => view.zoom(1.5), "-": () => view.zoom(1 / 1.5), 0: () => view.fit(), Home: () => view.fit(),
  };
  const controls = { z: () => board.undo(), y: () => board.redo(), s: () => board.canSave && board.save() };
  const tools = Object.fromEntries(TOOLS.map(([name, key]) => [key, () => board.take(name)]));
  const plain = {
    ...tools,
    c: () => studio.pick(cross.middle),
    i: () => studio.parts.beside.enter("cell"), p: () => board.openPlan(),
    r: () => board.suggest(), F1: () => board.say("help"), "?": () => board.say("help"),
    Escape: () => { cross.cancel(); painter.place = null; if (board.hasPending()) board.discardPending(); painter.drawMarks(); },
    "[": () => studio.bar.resizeBrush(-1), "]": () => studio.bar.resizeBrush(1),
  };
  const onMap = (event) => {
    if (moves[event.key]) {
      moves[event.key](event);
      painter.crosshair = true;
      painter.changed({ moving: true });
      cross.moved();
    } else if (event.key === "Enter" || event.key === " ") { painter.crosshair = true; cross.act(); painter.drawMarks(); } else return false;
    return true;
  };
  root.addEventListener("keydown", (event) => {
    if (!board.faces) return;
    if (event.key === "Enter" && board.isWaiting() && !event.target.closest("button, textarea, select, aside")) {
      board.applyPending();
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea");
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isControl = event.ctrlKey || event.metaKey;
    let taken = false;
    if (key === "Escape" && event.target.closest(".form")) { plain.Escape(); canvas.focus(); taken = true; }
    else if (isControl && !event.altKey && controls[key] && !typing) { (event.shiftKey && key === "z" ? controls.y : controls[key])(); taken = true; }
    else if (!isControl && !event.altKey && !typing && plain[key]) { plain[key](event); taken = true; }
    else if (!isControl && !event.altKey && event.target === canvas) taken = onMap(event);
    else taken = stepAround(event);
    if (taken) { event.preventDefault(); event.stopPropagation(); }
  });
  const show = (isOn) => { painter.crosshair = isOn; painter.drawMarks(); };
  canvas.addEventListener("focus", () => show(canvas.matches(":focus-visible")));
  canvas.addEventListener("blur", () => show(false));
  canvas.addEventListener("pointerdown", () => { cross.cancel(); show(false); });
}
