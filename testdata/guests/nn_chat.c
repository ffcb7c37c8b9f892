/* Generates text that goes on from a prompt, with the model that --nn-preload calls "default":

       nn_chat [-1] PROMPT [CONFIG]

   With -1 all at once, else piece by piece. CONFIG is JSON. What the model tells of the
   generation is the last line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wasi_nn.h"

static char buffer[1 << 16];

static void must(const char *what, uint32_t error) {
	if (error) {
		fprintf(stderr, "%s: error %u\n", what, (unsigned)error);
		exit(1);
	}
}

int main(int argc, char **argv) {
	uint32_t graph, context, written, one = 1, error;
	int whole = argc > 1 && !strcmp(argv[1], "-1");
	argv += whole, argc -= whole;
	if (argc < 2) {
		fprintf(stderr, "usage: nn_chat [-1] PROMPT [CONFIG]\n");
		return 2;
	}
	const char *config = argc > 2 ? argv[2] : "{}";
	must("load_by_name_with_config", nn_load_by_name_with_config("default", 7, config, strlen(config), &graph));
	must("init_execution_context", nn_init_execution_context(graph, &context));
	nn_tensor prompt = {&one, 1, NN_U8, argv[1], strlen(argv[1])};
	must("set_input", nn_set_input(context, 0, &prompt));
	if (whole) {
		must("compute", nn_compute(context));
		must("get_output", nn_get_output(context, 0, buffer, sizeof buffer, &written));
		fwrite(buffer, 1, written, stdout);
	} else {
		while (!(error = nn_compute_single(context))) {
			must("get_output_single", nn_get_output_single(context, 0, buffer, sizeof buffer, &written));
			fwrite(buffer, 1, written, stdout);
			fflush(stdout);
		}
		if (error != NN_END_OF_SEQUENCE)
			must("compute_single", error);
	}
	must("get_output", nn_get_output(context, 1, buffer, sizeof buffer, &written));
	printf("\n%.*s\n", (int)written, buffer);
	if (!whole)
		must("fini_single", nn_fini_single(context));
}
