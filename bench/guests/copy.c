// copy FROM TO: copies a file with read and write of 64 KiB.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char buf[65536];

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: copy FROM TO\n");
    return 2;
  }
  int from = open(argv[1], O_RDONLY), to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (from < 0 || to < 0) {
    perror("copy: open");
    return 1;
  }
  ssize_t n;
  while ((n = read(from, buf, sizeof buf)) > 0) {
    if (write(to, buf, n) != n) {
      perror("copy: write");
      return 1;
    }
  }
  return n < 0 || close(to) != 0;
}
