// smallwrites N: writes 16 bytes to standard output N times.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (int n = argc > 1 ? atoi(argv[1]) : 1; n > 0; n--)
    if (write(1, "sixteen bytes..\n", 16) != 16)
      return 1;
  return 0;
}
