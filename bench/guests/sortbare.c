// sortbare LOAD merge|quick: what sort.rs does, over bytes widened to 32 bits, without a library: the same
// source builds for 32-bit (sortbare32.wasm) and 64-bit memories (sortbare64.wasm). WASI speaks of 32-bit
// addresses in both.
#include <stddef.h>
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) extern int32_t name
WASI(args_sizes_get)(uint32_t argc, uint32_t size);
WASI(args_get)(uint32_t argv, uint32_t buf);
WASI(path_open)(int32_t dir, int32_t lookup, uint32_t path, uint32_t len, int32_t oflags, int64_t rights, int64_t inheriting,
                int32_t fdflags, uint32_t fd);
WASI(fd_filestat_get)(int32_t fd, uint32_t stat);
WASI(fd_read)(int32_t fd, uint32_t iovs, uint32_t count, uint32_t size);
WASI(fd_write)(int32_t fd, uint32_t iovs, uint32_t count, uint32_t size);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"), noreturn)) extern void proc_exit(int32_t);

#define AT(p) ((uint32_t)(uintptr_t)(p))

extern uint8_t __heap_base;
static uintptr_t top;

// take gives zeroed memory that is never given back.
static void *take(uint64_t size) {
  if (top == 0)
    top = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
  uintptr_t p = top;
  top += (size + 15) & ~(uint64_t)15;
  uintptr_t have = __builtin_wasm_memory_size(0) * (uintptr_t)65536;
  if (top > have && __builtin_wasm_memory_grow(0, (top - have + 65535) / 65536) == (size_t)-1)
    proc_exit(3);
  return (void *)p;
}

static void must(int32_t errno_) {
  if (errno_)
    proc_exit(4);
}

static int32_t open_(const char *path, size_t len, int32_t oflags, int64_t rights) {
  static int32_t fd;
  must(path_open(3, 1, AT(path), len, oflags, rights, 0, 0, AT(&fd)));
  return fd;
}

struct iovec {
  uint32_t buf, len;
};

static void merge(uint32_t *v, size_t n) {
  uint32_t *out = take(n * sizeof *v), *in = v;
  for (size_t width = 1; width < n; width *= 2) {
    for (size_t start = 0; start < n; start += 2 * width) {
      size_t mid = start + width < n ? start + width : n, end = start + 2 * width < n ? start + 2 * width : n;
      size_t a = start, b = mid;
      for (size_t k = start; k < end; k++)
        out[k] = a < mid && (b >= end || in[a] <= in[b]) ? in[a++] : in[b++];
    }
    uint32_t *t = in;
    in = out;
    out = t;
  }
  if (in != v)
    __builtin_memcpy(v, in, n * sizeof *v);
}

static void quick(uint32_t *v, size_t n) {
  struct side {
    size_t low, high;
  } *waiting = take(64 * sizeof *waiting);
  size_t depth = 0;
  size_t low = 0, high = n;
  for (;;) {
    while (high - low > 1 && high > low) {
      uint32_t pivot = v[low + (high - low) / 2];
      size_t i = low, j = high - 1;
      for (;;) {
        while (v[i] < pivot)
          i++;
        while (v[j] > pivot)
          j--;
        if (i >= j)
          break;
        uint32_t t = v[i];
        v[i++] = v[j];
        v[j--] = t;
      }
      size_t split = i == low ? low + 1 : i;
      // the larger side waits, so that at most log2(n) do
      if (split - low > high - split) {
        waiting[depth++] = (struct side){low, split};
        low = split;
      } else {
        waiting[depth++] = (struct side){split, high};
        high = split;
      }
    }
    if (depth == 0)
      return;
    depth--;
    low = waiting[depth].low, high = waiting[depth].high;
  }
}

void _start(void) {
  static uint32_t argc, size;
  must(args_sizes_get(AT(&argc), AT(&size)));
  if (argc != 3)
    proc_exit(2);
  uint32_t *argv = take(argc * sizeof *argv);
  char *text = take(size + 16);
  must(args_get(AT(argv), AT(text)));
  // paths are relative to the first preopen
  char *path = (char *)(uintptr_t)argv[1], *algorithm = (char *)(uintptr_t)argv[2];
  while (*path == '/')
    path++;
  size_t len = 0;
  while (path[len])
    len++;

  int32_t in = open_(path, len, 0, 1 << 1 | 1 << 21);
  static uint64_t stat[8];
  must(fd_filestat_get(in, AT(stat)));
  uint64_t n = stat[4];
  uint8_t *bytes = take(n);
  static struct iovec v;
  static uint32_t done;
  for (uint64_t at = 0; at < n; at += done) {
    v = (struct iovec){AT(bytes + at), n - at};
    must(fd_read(in, AT(&v), 1, AT(&done)));
    if (done == 0)
      proc_exit(5);
  }
  uint32_t *wide = take(n * sizeof *wide);
  for (uint64_t i = 0; i < n; i++)
    wide[i] = bytes[i];
  if (*algorithm == 'm')
    merge(wide, n);
  else
    quick(wide, n);
  for (uint64_t i = 0; i < n; i++)
    bytes[i] = wide[i];

  char *name = take(len + 8);
  __builtin_memcpy(name, path, len);
  __builtin_memcpy(name + len, ".sorted", 7);
  int32_t out = open_(name, len + 7, 1 | 8, 1 << 6);
  for (uint64_t at = 0; at < n; at += done) {
    v = (struct iovec){AT(bytes + at), n - at};
    must(fd_write(out, AT(&v), 1, AT(&done)));
  }
  proc_exit(0);
}
