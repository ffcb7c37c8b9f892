// udpaddr_v1: the first generation of the socket functions, whose addresses are 4 bare bytes. Sends itself
// a datagram over 127.0.0.1 and prints it with the kind of address that the socket has.
#include "wasmedge_socket.h"

WASI(sock_open)(uint32_t family, uint32_t type, int32_t *fd);
WASI(sock_bind)(int32_t fd, struct buffer *address, uint32_t port);
WASI(sock_getlocaladdr)(int32_t fd, struct buffer *address, uint32_t *type, uint32_t *port);
WASI(sock_recv_from)(int32_t fd, struct buffer *data, uint32_t count, struct buffer *address, uint32_t flags, uint32_t *size,
                     uint32_t *roflags);
WASI(sock_send_to)(int32_t fd, struct buffer *data, uint32_t count, struct buffer *address, uint32_t port, uint32_t flags,
                   uint32_t *size);

int main(void) {
  int32_t fd;
  uint8_t loopback[4] = {127, 0, 0, 1}, sender[4] = {0};
  struct buffer local = {loopback, 4}, from = {sender, 4};
  check("sock_open", sock_open(FAMILY_INET4, TYPE_DGRAM, &fd));
  check("sock_bind", sock_bind(fd, &local, 0));
  uint8_t big[16] = {0};
  struct buffer where = {big, 4};
  uint32_t type = 0, port = 0, size = 0, roflags = 0;
  check("sock_getlocaladdr", sock_getlocaladdr(fd, &where, &type, &port));
  struct buffer out = {(uint8_t *)"ping", 4};
  check("sock_send_to", sock_send_to(fd, &out, 1, &local, port, 0, &size));
  uint8_t in[16];
  struct buffer data = {in, sizeof in};
  check("sock_recv_from", sock_recv_from(fd, &data, 1, &from, 0, &size, &roflags));
  printf("%.*s from %d.%d.%d.%d over type %u\n", (int)size, in, sender[0], sender[1], sender[2], sender[3], (unsigned)type);
  close_fd(fd);
  return 0;
}
