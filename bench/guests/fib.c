// fib N: the Nth Fibonacci number by double recursion: calls and little else.
#include <stdio.h>
#include <stdlib.h>

static __attribute__((noinline)) unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(int argc, char **argv) {
  printf("%u\n", fib(argc > 1 ? atoi(argv[1]) : 20));
  return 0;
}
