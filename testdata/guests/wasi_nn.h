/* wasi_ephemeral_nn as WasmEdge has it. Every function returns an error number: 0 is success. */
#ifndef WASI_NN_H
#define WASI_NN_H
#include <stdint.h>

#define NN(name) __attribute__((import_module("wasi_ephemeral_nn"), import_name(#name)))

typedef struct { const void *bytes; uint32_t length; } nn_builder;
typedef struct {
	const uint32_t *dims;
	uint32_t dims_length;
	uint32_t type;
	const void *data;
	uint32_t length;
} nn_tensor;

enum { NN_F16, NN_F32, NN_F64, NN_U8, NN_I32, NN_I64 };
enum { NN_ONNX = 1, NN_GGML = 6 };
enum { NN_CPU, NN_GPU, NN_TPU, NN_AUTO };
enum { NN_TOO_LARGE = 7, NN_END_OF_SEQUENCE = 100 };

uint32_t nn_load(const nn_builder *builders, uint32_t count, uint32_t encoding, uint32_t target, uint32_t *graph) NN(load);
uint32_t nn_load_by_name(const char *name, uint32_t length, uint32_t *graph) NN(load_by_name);
uint32_t nn_load_by_name_with_config(const char *name, uint32_t length, const char *config, uint32_t config_length, uint32_t *graph) NN(load_by_name_with_config);
uint32_t nn_init_execution_context(uint32_t graph, uint32_t *context) NN(init_execution_context);
uint32_t nn_set_input(uint32_t context, uint32_t index, const nn_tensor *tensor) NN(set_input);
uint32_t nn_get_output(uint32_t context, uint32_t index, void *buffer, uint32_t size, uint32_t *written) NN(get_output);
uint32_t nn_get_output_single(uint32_t context, uint32_t index, void *buffer, uint32_t size, uint32_t *written) NN(get_output_single);
uint32_t nn_compute(uint32_t context) NN(compute);
uint32_t nn_compute_single(uint32_t context) NN(compute_single);
uint32_t nn_fini_single(uint32_t context) NN(fini_single);
uint32_t nn_unload(uint32_t graph) NN(unload);
uint32_t nn_finalize_execution_context(uint32_t context) NN(finalize_execution_context);

#endif
