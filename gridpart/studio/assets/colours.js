// Which class each cell is drawn in: by number so that neighbours differ, by load, by officer.

/** Classes of cells: neighbours differ where the colours suffice; a cell keeps its colour while it lasts. */
export function cellColours(board, { cells }) {
  const { faces } = board, { shapes } = faces;
  const beside = board.cells.map(() => new Set());
  for (let arc = 0; arc < shapes.first.length; arc++) {
    const a = faces.cellOf[shapes.first[arc]], b = shapes.second[arc] < 0 ? a : faces.cellOf[shapes.second[arc]];
    if (a !== b) { beside[a].add(b); beside[b].add(a); }
  }
  board.colours = board.colours || [];
  const order = board.cells.map((_, n) => n).sort((a, b) => beside[b].size - beside[a].size || a - b);
  for (const n of order) {
    if (board.colours[n] !== undefined) continue;
    const taken = new Set([...beside[n]].map((other) => board.colours[other]));
    const free = cells.findIndex((_, number) => !taken.has(number));
    board.colours[n] = free < 0 ? n % cells.length : free;
  }
  return { classes: cells.map((style) => ({ title: "", style })), ofCell: board.colours };
}

/** Steps of the load relative to the mean; above and below carry hatches, so that colour alone tells nothing. */
export function loadClasses(board, { loads }) {
  const sums = board.loads(), living = board.cells.filter((cell) => !cell.gone).length;
  const mean = sums.reduce((a, b) => a + b, 0) / Math.max(1, living);
  const step = (sum) => loads.findIndex(({ below }) => below === null || sum / (mean || 1) < below);
  return { classes: loads, ofCell: board.cells.map((_, n) => step(sums[n])) };
}

/** One class to an officer; cells of several show the first, cells without anyone have a class of their own. */
export function officerClasses(board, { officers, nobody }) {
  const first = new Map();
  const names = [...board.officers.keys()].sort();
  for (const name of names) if (!first.has(board.officers.get(name))) first.set(board.officers.get(name), name);
  const classes = [nobody], ofCell = [];
  board.cells.forEach((cell, n) => {
    const name = first.get(cell.id);
    if (name === undefined) { ofCell[n] = 0; return; }
    ofCell[n] = classes.length;
    classes.push({ title: board.staff[name] || name, style: officers[(classes.length - 1) % officers.length] });
  });
  return { classes, ofCell };
}
