// What the kernel has confirmed, and above it what the hand did since: every face shows the newest that is known.

const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** CRC-32 of whole numbers, as zlib computes it of their bytes. Counted by place: an iterator left 2 MB behind for each edit. */
export function checksum(numbers) {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let sum = -1;
  for (let i = 0; i < bytes.length; i++) sum = TABLE[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

export class Overlay {
  constructor(labels) {
    this.confirmed = labels.slice();
    this.pending = []; // { seq, faces: Map from face to cell }, oldest first
  }

  cellFor(face) {
    for (let i = this.pending.length - 1; i >= 0; i--) {
      const cell = this.pending[i].faces.get(face);
      if (cell !== undefined) return cell;
    }
    return this.confirmed[face];
  }

  put(seq, faces, cell) {
    this.pending.push({ seq, faces: new Map([...faces].map((face) => [face, cell])) });
  }

  /** Take away what was decided, or what a test picks; returns the faces to look at again. */
  drop(isDone) {
    const faces = new Set();
    this.pending = this.pending.filter((entry) => {
      if (!isDone(entry.seq)) return true;
      for (const face of entry.faces.keys()) faces.add(face);
      return false;
    });
    return faces;
  }

  confirm(faces, labels) {
    for (let i = 0; i < faces.length; i++) this.confirmed[faces[i]] = labels[i];
  }
}
