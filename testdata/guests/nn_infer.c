/* Executes a model with one input and one output of 32-bit floating-point numbers:

       nn_infer MODEL INPUT DIM...

   MODEL is a file, or NAME: for one that --nn-preload names. INPUT is a file of numbers,
   little-endian. Prints the outputs, one a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wasi_nn.h"

static char model[1 << 20], input[1 << 16];
static float output[1 << 14];

static uint32_t slurp(const char *name, char *to, size_t size) {
	FILE *f = fopen(name, "rb");
	if (!f) {
		perror(name);
		exit(1);
	}
	uint32_t n = fread(to, 1, size, f);
	fclose(f);
	return n;
}

static void must(const char *what, uint32_t error) {
	if (error) {
		fprintf(stderr, "%s: error %u\n", what, (unsigned)error);
		exit(1);
	}
}

int main(int argc, char **argv) {
	uint32_t graph, context, written, dims[8];
	if (argc < 4 || argc > 11) {
		fprintf(stderr, "usage: nn_infer MODEL INPUT DIM...\n");
		return 2;
	}
	size_t n = strlen(argv[1]);
	if (argv[1][n - 1] == ':') {
		must("load_by_name", nn_load_by_name(argv[1], n - 1, &graph));
	} else {
		nn_builder builder = {model, slurp(argv[1], model, sizeof model)};
		must("load", nn_load(&builder, 1, NN_ONNX, NN_CPU, &graph));
	}
	must("init_execution_context", nn_init_execution_context(graph, &context));
	for (int i = 3; i < argc; i++)
		dims[i - 3] = atoi(argv[i]);
	nn_tensor tensor = {dims, argc - 3, NN_F32, input, slurp(argv[2], input, sizeof input)};
	must("set_input", nn_set_input(context, 0, &tensor));
	must("compute", nn_compute(context));
	must("get_output", nn_get_output(context, 0, output, sizeof output, &written));
	for (uint32_t i = 0; i < written / 4; i++)
		printf("%.4f\n", output[i]);
	must("finalize_execution_context", nn_finalize_execution_context(context));
	must("unload", nn_unload(graph));
}
