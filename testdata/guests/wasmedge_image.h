/* wasmedge_image. The three functions do the same, whatever the format; the result is 0, or 1 and a line
   in the log. */
#ifndef WASMEDGE_IMAGE_H
#define WASMEDGE_IMAGE_H
#include <stdint.h>

#define IMAGE(name) __attribute__((import_module("wasmedge_image"), import_name(#name)))

enum { IMAGE_RGB8, IMAGE_BGR8, IMAGE_RGB32F, IMAGE_BGR32F };

uint32_t load_jpg(const void *image, uint32_t length, uint32_t width, uint32_t height, uint32_t type, void *pixels, uint32_t size) IMAGE(load_jpg);
uint32_t load_png(const void *image, uint32_t length, uint32_t width, uint32_t height, uint32_t type, void *pixels, uint32_t size) IMAGE(load_png);
uint32_t load_image(const void *image, uint32_t length, uint32_t width, uint32_t height, uint32_t type, void *pixels, uint32_t size) IMAGE(load_image);

#endif
