// Threads of a guest, started by pthread_create, in the ways that programs use them:
//
//	rounds N        start and join a thread, N times
//	ring N          a producer and a consumer pass N numbers through a ring of 8 places
//	mutex T N       T threads add to one number N times each, under a mutex
//	atomics T N     the same by an atomic instruction, and no mutex
//	many N          as many threads at once as there may be, up to N
//	grow T N        T threads take and free memory, N times each
//	trap            a thread divides by zero
//	files T N       T threads open, write and close files of their own beneath /, N times each
//	closing N       a thread closes and opens a descriptor that another one reads and polls
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long rounds, sum;
static atomic_long count;
static atomic_int stop;

static void *once(void *arg)
{
	sum += (long)arg;
	return arg;
}

static long start_and_join(long n)
{
	for (long i = 1; i <= n; i++) {
		pthread_t t;
		void *result;
		if (pthread_create(&t, NULL, once, (void *)i) != 0)
			return -i;
		if (pthread_join(t, &result) != 0 || result != (void *)i)
			return -i;
	}
	return sum;
}

static struct {
	long places[8];
	int first, used;
} ring;

static void *produce(void *arg)
{
	for (long i = 1; i <= rounds; i++) {
		pthread_mutex_lock(&lock);
		while (ring.used == 8)
			pthread_cond_wait(&changed, &lock);
		ring.places[(ring.first + ring.used++) % 8] = i;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void *consume(void *arg)
{
	for (long want = 1; want <= rounds; want++) {
		pthread_mutex_lock(&lock);
		while (ring.used == 0)
			pthread_cond_wait(&changed, &lock);
		if (ring.places[ring.first] == want)
			sum += want;
		ring.first = (ring.first + 1) % 8;
		ring.used--;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void *add_locked(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&lock);
		sum++;
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void *add_atomic(void *arg)
{
	for (long i = 0; i < rounds; i++)
		count++;
	return arg;
}

static void *wait_for_stop(void *arg)
{
	pthread_mutex_lock(&lock);
	while (!stop)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void *take_and_free(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		size_t n = 1000 + 37 * i;
		char *p = malloc(n);
		if (p == NULL)
			return NULL;
		memset(p, (int)i, n);
		for (size_t at = 0; at < n; at++)
			if (p[at] != (char)i)
				return NULL;
		free(p);
		count++;
	}
	return arg;
}

static void *divide(void *arg)
{
	volatile long zero = (long)arg;
	return (void *)(7 / zero);
}

static void *write_files(void *arg)
{
	char name[32];
	snprintf(name, sizeof name, "/file%ld", (long)arg);
	for (long i = 0; i < rounds; i++) {
		int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0666);
		char back[32] = {0};
		int n = snprintf(back, sizeof back, "%ld", i);
		if (fd < 0 || write(fd, back, n) != n || lseek(fd, 0, SEEK_SET) != 0 || read(fd, back, n) != n || close(fd) != 0)
			return arg;
		if (atol(back) == i)
			count++;
	}
	unlink(name);
	return arg;
}

static void *close_and_open(void *arg)
{
	for (long i = 0; i < rounds; i++) {
		int fd = open("/shared", O_RDWR | O_CREAT, 0666);
		if (fd >= 0)
			write(fd, "x", 1);
		close((int)(3 + i % 8)); // whoever's it is
	}
	stop = 1;
	return arg;
}

static void *read_and_poll(void *arg)
{
	char buf[64];
	while (!stop) {
		for (int fd = 4; fd < 12; fd++) {
			struct pollfd p = {.fd = fd, .events = POLLIN};
			read(fd, buf, sizeof buf);
			poll(&p, 1, 0);
			lseek(fd, 0, SEEK_SET);
		}
		count++;
	}
	return arg;
}

static int together(int n, void *(*work)(void *))
{
	pthread_t threads[64];
	for (long i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static long as_many(long n)
{
	pthread_t *threads = calloc(n, sizeof *threads);
	pthread_attr_t small;
	long there = 0;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 4096);
	while (there < n && pthread_create(&threads[there], &small, wait_for_stop, NULL) == 0)
		there++;
	pthread_mutex_lock(&lock);
	stop = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (long i = 0; i < there; i++)
		pthread_join(threads[i], NULL);
	return there;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0;
	int threads = (int)(n < 64 ? n : 64);
	rounds = argc > 3 ? atol(argv[3]) : n;
	if (strcmp(what, "rounds") == 0) {
		printf("%ld\n", start_and_join(n));
	} else if (strcmp(what, "ring") == 0) {
		pthread_t producer, consumer;
		if (pthread_create(&producer, NULL, produce, NULL) != 0 || pthread_create(&consumer, NULL, consume, NULL) != 0)
			return 1;
		pthread_join(producer, NULL);
		pthread_join(consumer, NULL);
		printf("%ld\n", sum);
	} else if (strcmp(what, "mutex") == 0) {
		together(threads, add_locked);
		printf("%ld\n", sum);
	} else if (strcmp(what, "atomics") == 0) {
		together(threads, add_atomic);
		printf("%ld\n", count);
	} else if (strcmp(what, "many") == 0) {
		printf("%ld\n", as_many(n));
	} else if (strcmp(what, "grow") == 0) {
		together(threads, take_and_free);
		printf("%ld\n", count);
	} else if (strcmp(what, "trap") == 0) {
		together(1, divide);
	} else if (strcmp(what, "files") == 0) {
		together(threads, write_files);
		printf("%ld\n", count);
	} else if (strcmp(what, "closing") == 0) {
		pthread_t closer, reader;
		if (pthread_create(&closer, NULL, close_and_open, NULL) != 0 || pthread_create(&reader, NULL, read_and_poll, NULL) != 0)
			return 1;
		pthread_join(closer, NULL);
		pthread_join(reader, NULL);
		puts("closed");
	} else {
		fprintf(stderr, "unknown: %s\n", what);
		return 2;
	}
	return 0;
}
