// httpget HOST PORT PATH: fetches http://HOST:PORT/PATH, HOST by name or number, and prints the body.
#include "wasmedge_socket.h"

// resolve gives the first IPv4 address of a host name.
static void resolve(const char *host, const char *service, uint8_t ip[4]) {
  enum { MAX = 4 };
  static struct addrinfo nodes[MAX];
  static struct sockaddr addrs[MAX];
  static uint8_t data[MAX][26];
  for (int i = 0; i < MAX; i++) {
    addrs[i].data = data[i];
    addrs[i].data_len = sizeof data[i];
    nodes[i].addr = &addrs[i];
    nodes[i].next = i + 1 < MAX ? &nodes[i + 1] : NULL;
  }
  struct addrinfo hints = {.family = FAMILY_INET4, .socktype = TYPE_STREAM};
  struct addrinfo *list = nodes;
  uint32_t count = 0;
  check("sock_getaddrinfo", sock_getaddrinfo(host, strlen(host), service, strlen(service), &hints, &list, MAX, &count));
  if (count == 0) {
    fprintf(stderr, "%s has no address\n", host);
    exit(1);
  }
  memcpy(ip, data[0] + 2, 4); // the port comes first
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: httpget HOST PORT PATH\n");
    return 2;
  }
  uint8_t ip[4];
  resolve(argv[1], argv[2], ip);
  int32_t fd;
  struct address a;
  check("sock_open", sock_open_v2(FAMILY_INET4, TYPE_STREAM, &fd));
  struct buffer peer = inet4(&a, ip[0], ip[1], ip[2], ip[3]);
  check("sock_connect", sock_connect_v2(fd, &peer, atoi(argv[2])));
  static char request[4096];
  int n = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s:%s\r\nConnection: close\r\n\r\n", argv[3], argv[1], argv[2]);
  send_all(fd, request, n);
  check("sock_shutdown", sock_shutdown(fd, SHUT_WRITE));

  // The header ends at the first empty line.
  static char buf[65536];
  int newlines = 0;
  uint32_t size;
  while ((size = receive(fd, buf, sizeof buf)) > 0) {
    uint32_t at = 0;
    for (; newlines < 2 && at < size; at++) {
      if (buf[at] == '\n')
        newlines++;
      else if (buf[at] != '\r')
        newlines = 0;
    }
    fwrite(buf + at, 1, size - at, stdout);
  }
  close_fd(fd);
  return newlines == 2 ? 0 : 1;
}
