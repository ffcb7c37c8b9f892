// unixecho PATH: listens on the UNIX socket PATH of the host, prints "listening", serves one connection by
// giving back what it is sent, and ends.
#include "wasmedge_socket.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: unixecho PATH\n");
    return 2;
  }
  int32_t listener, fd;
  struct address a;
  check("sock_open", sock_open_v2(FAMILY_UNIX, TYPE_STREAM, &listener));
  struct buffer path = unix_path(&a, argv[1]);
  check("sock_bind", sock_bind_v2(listener, &path, 0));
  check("sock_listen", sock_listen_v2(listener, 1));
  puts("listening");
  fflush(stdout);
  check("sock_accept", sock_accept_v2(listener, 0, &fd));
  static uint8_t buf[65536];
  uint32_t size;
  while ((size = receive(fd, buf, sizeof buf)) > 0)
    send_all(fd, buf, size);
  close_fd(fd);
  close_fd(listener);
  return 0;
}
