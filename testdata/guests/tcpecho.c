// tcpecho CONNECTIONS: listens on a free port of 127.0.0.1, prints "listening on PORT", and gives back what
// it is sent on any number of connections at a time, until that many have been served to their end.
// Sockets do not block; poll_oneoff says which of them has something.
#include "wasmedge_socket.h"
#include <wasi/api.h>

enum { MAX_OPEN = 1024, AGAIN = 6 };

struct connection {
  int32_t fd;
  uint32_t held, sent; // bytes received, and of these given back
  uint8_t data[16384];
};

static struct connection *open_[MAX_OPEN];
static int n_open;

static void subscribe(__wasi_subscription_t *s, uint64_t user, int32_t fd, int to_write) {
  memset(s, 0, sizeof *s);
  s->userdata = user;
  s->u.tag = to_write ? __WASI_EVENTTYPE_FD_WRITE : __WASI_EVENTTYPE_FD_READ;
  s->u.u.fd_read.file_descriptor = fd;
}

// serve moves what can be moved at once. It returns 0 when the connection has ended.
static int serve(struct connection *c) {
  for (;;) {
    while (c->sent < c->held) {
      struct buffer b = {c->data + c->sent, c->held - c->sent};
      uint32_t n = 0;
      int32_t e = sock_send_v2(c->fd, &b, 1, 0, &n);
      if (e == AGAIN)
        return 1;
      if (e)
        return 0; // the other side is gone
      c->sent += n;
    }
    c->held = c->sent = 0;
    struct buffer b = {c->data, sizeof c->data};
    uint32_t roflags = 0;
    int32_t e = sock_recv_v2(c->fd, &b, 1, 0, &c->held, &roflags);
    if (e == AGAIN)
      return 1;
    if (e || c->held == 0)
      return 0;
  }
}

int main(int argc, char **argv) {
  long left = argc > 1 ? atol(argv[1]) : 1;
  int32_t listener;
  struct address a;
  check("sock_open", sock_open_v2(FAMILY_INET4, TYPE_STREAM, &listener));
  struct buffer local = inet4(&a, 127, 0, 0, 1);
  check("sock_bind", sock_bind_v2(listener, &local, 0));
  check("sock_listen", sock_listen_v2(listener, 256));
  struct address bound;
  struct buffer where = any_address(&bound);
  uint32_t port = 0;
  check("sock_getlocaladdr", sock_getlocaladdr_v2(listener, &where, &port));
  printf("listening on %u\n", (unsigned)port);
  fflush(stdout);

  static __wasi_subscription_t subs[MAX_OPEN + 1];
  static __wasi_event_t events[MAX_OPEN + 1];
  while (left > 0) {
    int n = 0;
    if (n_open < MAX_OPEN)
      subscribe(&subs[n++], MAX_OPEN, listener, 0);
    for (int i = 0; i < n_open; i++)
      subscribe(&subs[n++], i, open_[i]->fd, open_[i]->sent < open_[i]->held);
    __wasi_size_t got = 0;
    check("poll_oneoff", __wasi_poll_oneoff(subs, events, n, &got));
    int ended[MAX_OPEN], n_ended = 0, accept = 0;
    for (__wasi_size_t k = 0; k < got; k++) {
      if (events[k].userdata == MAX_OPEN)
        accept = 1;
      else if (!serve(open_[events[k].userdata]))
        ended[n_ended++] = events[k].userdata;
    }
    for (int k = 0; k < n_ended; k++) {
      struct connection *c = open_[ended[k]];
      close_fd(c->fd);
      free(c);
      open_[ended[k]] = NULL;
      left--;
    }
    int kept = 0;
    for (int i = 0; i < n_open; i++)
      if (open_[i])
        open_[kept++] = open_[i];
    n_open = kept;
    if (accept) {
      struct connection *c = calloc(1, sizeof *c);
      int32_t e = c ? sock_accept_v2(listener, FDFLAG_NONBLOCK, &c->fd) : AGAIN;
      if (e == 0) {
        open_[n_open++] = c;
        continue;
      }
      free(c);
      if (e != AGAIN)
        check("sock_accept", e);
    }
  }
  close_fd(listener);
  return 0;
}
