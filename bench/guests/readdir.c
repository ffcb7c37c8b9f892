// readdir DIR: counts the entries of a directory.
#include <dirent.h>
#include <stdio.h>

int main(int argc, char **argv) {
  DIR *d = opendir(argc > 1 ? argv[1] : "/");
  if (!d) {
    perror("readdir");
    return 1;
  }
  long n = 0;
  while (readdir(d))
    n++;
  printf("%ld\n", n);
  return 0;
}
