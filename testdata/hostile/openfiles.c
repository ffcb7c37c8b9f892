// Opens the file "f" in the preopened directory "." until that fails, and says how often it worked.
#include <fcntl.h>
#include <stdio.h>

int main(void) {
  int n = 0;
  while (n < 10000000 && open("f", O_RDONLY | O_CREAT, 0600) >= 0)
    n++;
  printf("%d\n", n);
  return 0;
}
