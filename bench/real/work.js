// Queens, objects, regular expressions, JSON, closures.
"use strict";
function queens(n, row, cols, d1, d2) {
  if (row === n) return 1;
  let found = 0;
  for (let free = ((1 << n) - 1) & ~(cols | d1 | d2); free; free &= free - 1) {
    const bit = free & -free;
    found += queens(n, row + 1, cols | bit, (d1 | bit) << 1, (d2 | bit) >> 1);
  }
  return found;
}
print("queens", queens(9, 0, 0, 0, 0));

let seed = 42;
const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
const people = Array.from({ length: 20000 }, (_, i) => ({ id: i, name: "p" + next().toString(36), tags: [next() % 7, next() % 11] }));
const text = JSON.stringify(people);
const back = JSON.parse(text);
back.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
print("json", text.length, back[0].name, back[19999].name);

let hits = 0;
for (const m of text.matchAll(/"name":"(p[0-9a-z]*7[0-9a-z]*)"/g)) hits += m[1].length;
print("matches", hits);

class Vector {
  constructor(x, y) { this.x = x; this.y = y; }
  plus(o) { return new Vector(this.x + o.x, this.y + o.y); }
}
let sum = new Vector(0, 0);
for (let i = 0; i < 1000000; i++) sum = sum.plus(new Vector(i, 0.5));
print("objects", sum.x, sum.y);

const counts = new Map();
for (let i = 0; i < 300000; i++) {
  const key = "k" + (next() % 1000);
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
print("map", counts.size, Math.max(...counts.values()));
