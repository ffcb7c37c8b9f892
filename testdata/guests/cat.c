// cat [FILE...]: copies the files, or standard input, to standard output.
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static char buf[65536];

static int copy(int fd, const char *name) {
  for (;;) {
    ssize_t n = read(fd, buf, sizeof buf);
    if (n == 0)
      return 0;
    if (n < 0) {
      fprintf(stderr, "cat: %s: %s\n", name, strerror(errno));
      return 1;
    }
    for (ssize_t at = 0; at < n;) {
      ssize_t w = write(1, buf + at, n - at);
      if (w < 0) {
        fprintf(stderr, "cat: write: %s\n", strerror(errno));
        return 1;
      }
      at += w;
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 2)
    return copy(0, "standard input");
  int status = 0;
  for (int i = 1; i < argc; i++) {
    int fd = open(argv[i], O_RDONLY);
    if (fd < 0) {
      fprintf(stderr, "cat: %s: %s\n", argv[i], strerror(errno));
      status = 1;
      continue;
    }
    status |= copy(fd, argv[i]);
    close(fd);
  }
  return status;
}
