// udpecho COUNT: binds a free UDP port of 127.0.0.1, prints "listening on PORT" and sends COUNT datagrams
// back to where they came from.
#include "wasmedge_socket.h"

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 1;
  int32_t fd;
  struct address a;
  check("sock_open", sock_open_v2(FAMILY_INET4, TYPE_DGRAM, &fd));
  struct buffer local = inet4(&a, 127, 0, 0, 1);
  check("sock_bind", sock_bind_v2(fd, &local, 0));
  struct address bound;
  struct buffer where = any_address(&bound);
  uint32_t port = 0;
  check("sock_getlocaladdr", sock_getlocaladdr_v2(fd, &where, &port));
  printf("listening on %u\n", (unsigned)port);
  fflush(stdout);

  static uint8_t buf[65536];
  while (count-- > 0) {
    struct address from;
    struct buffer sender = any_address(&from);
    struct buffer data = {buf, sizeof buf};
    uint16_t raw = 0; // as in a sockaddr: most significant byte first
    uint32_t size = 0, roflags = 0, sent = 0;
    check("sock_recv_from", sock_recv_from_v2(fd, &data, 1, &sender, 0, &raw, &size, &roflags));
    data.len = size;
    check("sock_send_to", sock_send_to_v2(fd, &data, 1, &sender, (uint16_t)(raw << 8 | raw >> 8), 0, &sent));
  }
  close_fd(fd);
  return 0;
}
