#include <stdio.h>

struct node {
  int value;
  struct node *next;
};

static inline int value_of(const struct node *n) { return n->value; }

int sum(const struct node *n, int count) {
  int total = 0;
  for (int i = 0; i < count; i++) {
    total += value_of(n);
    n = n->next;
  }
  return total;
}

int main(void) {
  struct node last = {2, (struct node *)0xfffffff0}, first = {1, &last};
  printf("adding\n");
  printf("%d\n", sum(&first, 3));
  return 0;
}
