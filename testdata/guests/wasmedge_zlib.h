/* wasmedge_zlib: zlib's functions and its z_stream, of which the fields without a meaning for guests are 0. */
#ifndef WASMEDGE_ZLIB_H
#define WASMEDGE_ZLIB_H
#include <stdint.h>

#define ZLIB(name) __attribute__((import_module("wasmedge_zlib"), import_name(#name)))

typedef struct {
	const unsigned char *next_in;
	uint32_t avail_in, total_in;
	unsigned char *next_out;
	uint32_t avail_out, total_out;
	uint32_t msg, state, zalloc, zfree, opaque;
	int32_t data_type;
	uint32_t adler, reserved;
} z_stream;

enum { Z_NO_FLUSH = 0, Z_FINISH = 4 };
enum { Z_OK = 0, Z_STREAM_END = 1, Z_STREAM_ERROR = -2, Z_DATA_ERROR = -3, Z_BUF_ERROR = -5 };

int32_t deflateInit(z_stream *stream, int32_t level) ZLIB(deflateInit);
int32_t deflate(z_stream *stream, int32_t flush) ZLIB(deflate);
int32_t deflateEnd(z_stream *stream) ZLIB(deflateEnd);
int32_t inflateInit(z_stream *stream) ZLIB(inflateInit);
int32_t inflate(z_stream *stream, int32_t flush) ZLIB(inflate);
int32_t inflateEnd(z_stream *stream) ZLIB(inflateEnd);
uint32_t crc32(uint32_t crc, const void *bytes, uint32_t length) ZLIB(crc32);

#endif
