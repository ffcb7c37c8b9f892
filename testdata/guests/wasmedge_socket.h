// WasmEdge's socket functions as a C program imports them, and a little convenience on top. The names
// with _v2 take and give 128-byte addresses: a 16-bit family, then the address itself.
#ifndef WASMEDGE_SOCKET_H
#define WASMEDGE_SOCKET_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAMILY_INET4 = 1, FAMILY_INET6 = 2, FAMILY_UNIX = 3 };
enum { TYPE_DGRAM = 1, TYPE_STREAM = 2 };
enum { SHUT_READ = 1, SHUT_WRITE = 2 };
enum { FDFLAG_NONBLOCK = 4 };

struct buffer {
  uint8_t *buf;
  uint32_t len;
};

// What an address pointer points to; space is what buf of such a buffer holds in the second generation.
struct address {
  uint16_t family;
  uint8_t bytes[126];
};

struct addrinfo {
  uint16_t flags;
  uint8_t family, socktype;
  uint8_t protocol;
  uint32_t addrlen;
  struct sockaddr *addr;
  char *canonname;
  uint32_t canonname_len;
  struct addrinfo *next;
};

struct sockaddr {
  uint8_t family;
  uint32_t data_len;
  uint8_t *data;
};

#define WASI(name) \
  __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) int32_t name

WASI(sock_open_v2)(uint32_t family, uint32_t type, int32_t *fd);
WASI(sock_bind_v2)(int32_t fd, struct buffer *address, uint32_t port);
WASI(sock_connect_v2)(int32_t fd, struct buffer *address, uint32_t port);
WASI(sock_listen_v2)(int32_t fd, uint32_t backlog);
WASI(sock_accept_v2)(int32_t fd, uint32_t fdflags, int32_t *accepted);
WASI(sock_recv_v2)(int32_t fd, struct buffer *data, uint32_t count, uint32_t flags, uint32_t *size, uint32_t *roflags);
WASI(sock_send_v2)(int32_t fd, struct buffer *data, uint32_t count, uint32_t flags, uint32_t *size);
WASI(sock_recv_from_v2)(int32_t fd, struct buffer *data, uint32_t count, struct buffer *address, uint32_t flags, uint16_t *port,
                        uint32_t *size, uint32_t *roflags);
WASI(sock_send_to_v2)(int32_t fd, struct buffer *data, uint32_t count, struct buffer *address, uint32_t port, uint32_t flags,
                      uint32_t *size);
WASI(sock_getlocaladdr_v2)(int32_t fd, struct buffer *address, uint32_t *port);
WASI(sock_shutdown)(int32_t fd, uint32_t how);
WASI(sock_getaddrinfo)(const char *node, uint32_t node_len, const char *service, uint32_t service_len, struct addrinfo *hints,
                       struct addrinfo **result, uint32_t max, uint32_t *count);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_close"))) int32_t close_fd(int32_t fd);

// check ends the program with the name of the call and the errno that it gave.
static inline void check(const char *call, int32_t errno_) {
  if (errno_ == 0)
    return;
  fprintf(stderr, "%s: errno %d\n", call, (int)errno_);
  exit(1);
}

static inline struct buffer any_address(struct address *a) {
  memset(a, 0, sizeof *a);
  return (struct buffer){(uint8_t *)a, sizeof *a};
}

static inline struct buffer inet4(struct address *a, uint8_t w, uint8_t x, uint8_t y, uint8_t z) {
  struct buffer b = any_address(a);
  a->family = FAMILY_INET4;
  a->bytes[0] = w, a->bytes[1] = x, a->bytes[2] = y, a->bytes[3] = z;
  return b;
}

static inline struct buffer unix_path(struct address *a, const char *path) {
  struct buffer b = any_address(a);
  a->family = FAMILY_UNIX;
  strncpy((char *)a->bytes, path, sizeof a->bytes - 1);
  return b;
}

// send_all sends the whole buffer, however many calls that takes.
static inline void send_all(int32_t fd, const void *data, uint32_t len) {
  while (len > 0) {
    struct buffer b = {(uint8_t *)data, len};
    uint32_t sent = 0;
    check("sock_send", sock_send_v2(fd, &b, 1, 0, &sent));
    data = (const uint8_t *)data + sent;
    len -= sent;
  }
}

// receive gives the number of bytes received, 0 at the end.
static inline uint32_t receive(int32_t fd, void *data, uint32_t len) {
  struct buffer b = {data, len};
  uint32_t size = 0, roflags = 0;
  check("sock_recv", sock_recv_v2(fd, &b, 1, 0, &size, &roflags));
  return size;
}

#endif
