// interp N: an interpreter for a register machine whose instructions are called through a table of function
// pointers, running a program that counts the primes below N.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct instruction {
  uint8_t op, a, b, c;
};

static int32_t reg[16];
static const struct instruction *pc;

static void op_const(struct instruction i) { reg[i.a] = i.b | i.c << 8; }
static void op_move(struct instruction i) { reg[i.a] = reg[i.b]; }
static void op_add(struct instruction i) { reg[i.a] = reg[i.b] + reg[i.c]; }
static void op_mul(struct instruction i) { reg[i.a] = reg[i.b] * reg[i.c]; }
static void op_rem(struct instruction i) { reg[i.a] = reg[i.b] % reg[i.c]; }
static void op_less(struct instruction i) { reg[i.a] = reg[i.b] < reg[i.c]; }
static void op_jump(struct instruction i) { pc += (int8_t)i.a; }
static void op_true(struct instruction i) { pc += reg[i.b] ? (int8_t)i.a : 0; }
static void op_false(struct instruction i) { pc += reg[i.b] ? 0 : (int8_t)i.a; }
static void op_halt(struct instruction i) { pc = NULL; }

enum { CONST, MOVE, ADD, MUL, REM, LESS, JUMP, TRUE, FALSE, HALT };
static void (*volatile const table[])(struct instruction) = {op_const, op_move, op_add,  op_mul,  op_rem,
                                                             op_less,  op_jump, op_true, op_false, op_halt};

// r0 count, r1 candidate, r2 divisor, r3 limit, r4 one, r5.. scratch
static const struct instruction primes[] = {
    {CONST, 0, 0, 0}, {CONST, 1, 2, 0}, {CONST, 4, 1, 0},
    // 3: next candidate
    {LESS, 5, 1, 3}, {FALSE, 11, 5}, {CONST, 2, 2, 0},
    // 6: next divisor
    {MUL, 5, 2, 2}, {LESS, 6, 1, 5}, {TRUE, 4, 6}, {REM, 6, 1, 2}, {FALSE, 3, 6}, {ADD, 2, 2, 4}, {JUMP, -7},
    // 13: prime
    {ADD, 0, 0, 4},
    // 14: not a prime
    {ADD, 1, 1, 4}, {JUMP, -13},
    // 16: done
    {HALT}};

int main(int argc, char **argv) {
  reg[3] = argc > 1 ? atoi(argv[1]) : 100;
  for (pc = primes; pc;) {
    struct instruction i = *pc++;
    table[i.op](i);
  }
  printf("%d\n", reg[0]);
  return 0;
}
