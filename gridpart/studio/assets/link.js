// The line to the kernel. Every event has a number and is kept until the kernel has decided on it: what is lost is sent
// again, what comes twice is taken once, what comes too early waits. Python is the authority.

const RESEND_MS = 400;
const SILENT_MS = 4000;
const CHECK_MS = 5000;
const STORE_MS = 80;
const ASK_MS = 1000;

function randomId() {
  return [...crypto.getRandomValues(new Uint32Array(2))].map((n) => n.toString(36)).join("");
}

/** Queues of views that are gone, kept for the next view of the same studio in this tab. */
class Shelf {
  constructor(studio) {
    this.prefix = `gridpart-studio ${studio} `;
    window.gridpartViews = window.gridpartViews || new Map();
  }

  claim() {
    for (let i = 0; i < sessionStorage.length; i++) {
      const key = sessionStorage.key(i);
      if (!key.startsWith(this.prefix)) continue;
      const view = key.slice(this.prefix.length), owner = window.gridpartViews.get(view);
      if (owner && owner.isAlive()) continue;
      if (owner) owner.close();
      return { view, ...JSON.parse(sessionStorage.getItem(key)) };
    }
    return { view: randomId(), next: 1, queue: [] };
  }

  keep(view, state) {
    try {
      sessionStorage.setItem(this.prefix + view, JSON.stringify(state));
    } catch {
      // a full or forbidden store: events then live as long as this page
    }
  }
}

export class Link {
  constructor(model, { studio, hear, silent }) {
    Object.assign(this, { model, hear, silent, rev: null, got: 0, lastHeard: performance.now(), unsent: [], isClosed: false });
    this.shelf = new Shelf(studio);
    const { view, next, queue } = this.shelf.claim();
    Object.assign(this, { view, next, queue });
    window.gridpartViews.set(view, this);
    this.listener = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.listener);
    this.timer = setInterval(() => this.tick(), RESEND_MS / 2);
    this.keep();
  }

  isAlive() {
    return !this.isClosed && !this.isSilent();
  }

  isSilent() {
    return performance.now() - this.lastHeard > SILENT_MS && this.waitingSince !== undefined;
  }

  close() {
    this.isClosed = true;
    clearInterval(this.timer);
    this.model.off("msg:custom", this.listener);
  }

  post(message) {
    if (this.waitingSince === undefined) this.waitingSince = performance.now();
    this.lastPost = performance.now();
    this.model.send({ ...message, view: this.view });
  }

  hello() {
    this.post({ t: "hello", rev: this.rev });
  }

  /** Send an event that must not be lost; returns its number. */
  do(command) {
    const event = { seq: this.next++, c: command };
    this.queue.push(event);
    this.keep();
    this.unsent.push(event);
    this.sending ||= setTimeout(() => this.flush());
    return event.seq;
  }

  /** What was done in one go is sent in one message. */
  flush() {
    clearTimeout(this.sending);
    this.sending = null;
    if (this.unsent.length) this.post({ t: "do", events: this.unsent });
    this.unsent = [];
  }

  /** Ask what changes nothing; only the newest question of a kind is answered to. It is asked again while it is wanted. */
  ask(kind, question, { isWanted = null } = {}) {
    this.flush();
    this.questions = this.questions || {};
    this.questions[kind] = (this.questions[kind] || 0) + 1;
    const message = { t: "ask", kind, n: this.questions[kind], ...question };
    this.open = isWanted && { message, isWanted };
    this.post(message);
  }

  receive(message, buffers) {
    if (this.isClosed || (message.to && message.to !== this.view)) return;
    this.lastHeard = performance.now();
    this.waitingSince = undefined;
    if (message.t === "ack") this.acknowledged(message);
    if (message.t === "answer" && message.n !== this.questions?.[message.kind]) return;
    if (message.t === "answer" && message.kind === this.open?.message.kind) this.open = null;
    this.hear(message, buffers);
  }

  acknowledged({ got, done, rev }) {
    this.got = Math.max(this.got, got);
    this.decided(done);
    if (rev !== this.rev) this.catchUp();
  }

  decided(done) {
    const before = this.queue.length;
    this.queue = this.queue.filter((event) => event.seq > done);
    if (this.queue.length !== before) this.keep();
  }

  catchUp() {
    if (this.catching && performance.now() - this.catching < RESEND_MS) return;
    this.catching = performance.now();
    this.post({ t: "since", rev: this.rev });
  }

  /** A new kernel knows nothing of what was under way: send all that is undecided again. */
  resend(from) {
    this.unsent = this.queue.filter((event) => event.seq > from);
    this.flush();
  }

  keep() {
    if (this.keeping) return;
    this.keeping = setTimeout(() => {
      this.keeping = null;
      this.shelf.keep(this.view, { next: this.next, queue: this.queue });
    }, STORE_MS);
  }

  tick() {
    const now = performance.now();
    if (this.rev === null) { if (now - (this.lastPost || 0) > RESEND_MS) this.hello(); }
    else if (this.queue.some((event) => event.seq > this.got) && now - this.lastPost > RESEND_MS) this.resend(this.got);
    else if (this.waitingSince !== undefined && now - this.lastPost > RESEND_MS) this.post({ t: "check", rev: this.rev, crc: this.crc?.() });
    else if (this.open?.isWanted() && now - this.lastPost > ASK_MS) this.post(this.open.message);
    else if (now - this.lastPost > CHECK_MS) this.post({ t: "check", rev: this.rev, crc: this.crc?.() });
    this.silent(this.isSilent(), this.queue.length);
  }
}
