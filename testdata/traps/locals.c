// A division by zero two calls down, with variables of many types on the way. Without the C
// library and without optimisation, so that all of them are where DWARF says.
enum colour { RED, GREEN = 5, BLUE };

typedef struct {
  int x;
  unsigned char tag;
  double weight;
} point;

static int share(const point *p, int among, enum colour c) {
  int wanted = p->x;
  const char *what = "apples";
  int parts[3] = {wanted, 2, 1};
  {
    float half = 0.5f;
    _Bool fair = half < 1;
    char letter = 'q';
    unsigned long long big = 1ull << 40;
    wanted += fair + letter + (int)big;
  }
  int left = wanted - 114 + parts[2] + (what == 0);
  return left / (among - c);
}

__attribute__((export_name("run"))) int run(int n) {
  point p = {n, 7, -2.5};
  if (n > 40)
    return run(n - 1) + 1;
  return share(&p, 6, BLUE);
}
