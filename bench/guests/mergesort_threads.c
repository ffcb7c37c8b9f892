// Sorts N numbers by merging, on T threads: mergesort_threads T N. Prints the number of
// places that are out of order, which is 0, and a sum.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct part {
	uint32_t *from, *to;
	size_t n;
	int threads;
};

static void merge(uint32_t *from, uint32_t *to, size_t half, size_t n)
{
	size_t a = 0, b = half;
	for (size_t i = 0; i < n; i++)
		to[i] = b >= n || (a < half && from[a] <= from[b]) ? from[a++] : from[b++];
}

static void *sort(void *arg)
{
	struct part *p = arg;
	if (p->n < 32) {
		for (size_t i = 1; i < p->n; i++) {
			uint32_t x = p->from[i];
			size_t j = i;
			for (; j > 0 && p->from[j - 1] > x; j--)
				p->from[j] = p->from[j - 1];
			p->from[j] = x;
		}
		return NULL;
	}
	size_t half = p->n / 2;
	struct part low = {p->from, p->to, half, p->threads / 2};
	struct part high = {p->from + half, p->to + half, p->n - half, p->threads - p->threads / 2};
	pthread_t t;
	int other = p->threads > 1 && pthread_create(&t, NULL, sort, &low) == 0;
	if (!other)
		sort(&low);
	sort(&high);
	if (other)
		pthread_join(t, NULL);
	merge(p->from, p->to, half, p->n);
	memcpy(p->from, p->to, p->n * sizeof *p->from);
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 1 << 20;
	uint32_t *numbers = malloc(n * sizeof *numbers), *room = malloc(n * sizeof *room), x = 1;
	if (numbers == NULL || room == NULL)
		return 1;
	for (size_t i = 0; i < n; i++)
		numbers[i] = x = x * 1664525 + 1013904223;
	struct part all = {numbers, room, n, threads};
	sort(&all);
	size_t wrong = 0;
	uint32_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		wrong += i > 0 && numbers[i - 1] > numbers[i];
		sum = sum * 31 + numbers[i];
	}
	printf("%zu %u\n", wrong, sum);
	return 0;
}
