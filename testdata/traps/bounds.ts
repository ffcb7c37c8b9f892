// A read past the end of the memory, two calls down.
function cell(table: usize, n: i32): i32 {
  return load<i32>(table + (<usize>n << 2));
}

function sum(table: usize, n: i32): i32 {
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += cell(table, i * 1000);
  }
  return total;
}

// Its memory has one page, of 65536 bytes, which ends before cell 2000.
export function run(n: i32): i32 {
  return n + sum(60000, n);
}
