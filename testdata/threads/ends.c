// How a process with threads ends: the first argument says who ends it, by proc_exit with
// status 99 (exit_main, exit_nonmain), by a return of main (return_main) or by a trap
// (trap_main, trap_nonmain); the second what the others are at meanwhile: block, waiting at
// an address; busy, in a loop; wasi, sleeping in a function of the host; read, reading
// standard input.
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int ready, address;
static const char *who, *how;

static void stay(void)
{
	ready++;
	if (strcmp(how, "block") == 0) {
		__builtin_wasm_memory_atomic_wait32((int *)&address, 0, -1);
	} else if (strcmp(how, "busy") == 0) {
		for (;;)
			atomic_load(&address);
	} else if (strcmp(how, "wasi") == 0) {
		poll(NULL, 0, 86400000);
	} else {
		char b;
		while (read(0, &b, 1) >= 0)
			;
	}
	puts("not reached");
}

static void end(int others)
{
	while (ready < others)
		;
	poll(NULL, 0, 20);
	if (strncmp(who, "trap", 4) == 0)
		__builtin_trap();
	if (strncmp(who, "exit", 4) == 0)
		_Exit(99);
}

static void *other(void *arg)
{
	stay();
	return arg;
}

static void *ender(void *arg)
{
	end(3);
	return arg;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	who = argv[1];
	how = argv[2];
	int by_main = strstr(who, "_main") != NULL;
	pthread_t t;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t, NULL, other, NULL) != 0)
			return 1;
	if (by_main) {
		end(2);
		return 0;
	}
	if (pthread_create(&t, NULL, ender, NULL) != 0)
		return 1;
	stay();
	return 0;
}
