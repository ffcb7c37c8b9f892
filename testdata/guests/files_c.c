// files_c IN OUT: writes IN to OUT in upper case, says how many bytes, and reads OUT back to check.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>

static int fail(const char *what, const char *name) {
  fprintf(stderr, "files_c: %s %s: %s\n", what, name, strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: files_c IN OUT\n");
    return 2;
  }
  FILE *in = fopen(argv[1], "r");
  if (!in)
    return fail("open", argv[1]);
  FILE *out = fopen(argv[2], "w+");
  if (!out)
    return fail("create", argv[2]);
  long n = 0;
  int c;
  while ((c = getc(in)) != EOF) {
    putc(toupper(c), out);
    n++;
  }
  if (fflush(out) || fseek(out, 0, SEEK_SET))
    return fail("write", argv[2]);
  long back = 0;
  while (getc(out) != EOF)
    back++;
  fclose(in);
  if (fclose(out))
    return fail("close", argv[2]);
  printf("%ld bytes written, %ld read back\n", n, back);
  return n == back ? 0 : 1;
}
