// The twin of guests/sort.rs in JavaScript: node sort.mjs LOAD ALGORITHM
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

function bubble(v) {
  for (let end = v.length; end > 1; ) {
    let last = 0;
    for (let i = 1; i < end; i++) {
      if (v[i - 1] > v[i]) {
        const x = v[i - 1];
        v[i - 1] = v[i];
        v[i] = x;
        last = i;
      }
    }
    end = last;
  }
  return v;
}

function merge(v) {
  let out = v.slice();
  for (let width = 1; width < v.length; width *= 2) {
    for (let start = 0; start < v.length; start += 2 * width) {
      const mid = Math.min(start + width, v.length), end = Math.min(start + 2 * width, v.length);
      for (let k = start, a = start, b = mid; k < end; k++) out[k] = a < mid && (b >= end || v[a] <= v[b]) ? v[a++] : v[b++];
    }
    [v, out] = [out, v];
  }
  return v;
}

function quick(v) {
  const waiting = [[0, v.length]];
  while (waiting.length > 0) {
    let [low, high] = waiting.pop();
    while (high - low > 1) {
      const pivot = v[low + ((high - low) >> 1)];
      let i = low, j = high - 1;
      for (;;) {
        while (v[i] < pivot) i++;
        while (v[j] > pivot) j--;
        if (i >= j) break;
        const x = v[i];
        v[i++] = v[j];
        v[j--] = x;
      }
      // v[..middle] <= pivot <= v[middle..]; neither side is empty unless the other has one element
      const middle = i === low ? low + 1 : i;
      if (middle - low < high - middle) {
        waiting.push([middle, high]);
        high = middle;
      } else {
        waiting.push([low, middle]);
        low = middle;
      }
    }
  }
  return v;
}

const [load, algorithm] = process.argv.slice(2);
const text = readFileSync(load);
const v = new Uint32Array(text.length);
for (let i = 0; i < text.length; i++) v[i] = text[i];
const sorted = { bubble, merge, quick }[algorithm](v);
writeFileSync(load + ".sorted", Buffer.from(sorted));
