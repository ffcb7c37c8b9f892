// task VERB ARGS...: what the tests of containers have a guest do.
//
//   args             print the arguments, one a line
//   env NAME         print a variable
//   sort IN OUT      sort the lines of a file into another
//   write FILE       make a file, and print the errno if that fails
//   exit STATUS      end with that status
//   trap             execute unreachable
//   flood LINES      print so many lines of 64 bytes
//   grow             take memory, a MiB at a time, until there is no more; print how many
//   spin             compute for ever, after a line
//   serve PORT       answer HTTP requests on that port of every address
//   get PORT TIMES   ask such a server on 127.0.0.1 until it has answered, and print the answer
#include "../../testdata/guests/wasmedge_socket.h"
#include <errno.h>
#include <unistd.h>

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int sort(const char *in, const char *out) {
  FILE *f = fopen(in, "r");
  if (!f) {
    perror(in);
    return 1;
  }
  char **lines = NULL, *line = NULL;
  size_t n = 0, room = 0, space = 0;
  while (getline(&line, &space, f) > 0) {
    if (n == room)
      lines = realloc(lines, (room = room * 2 + 16) * sizeof *lines);
    lines[n++] = strdup(line);
  }
  fclose(f);
  qsort(lines, n, sizeof *lines, compare);
  if (!(f = fopen(out, "w"))) {
    perror(out);
    return 1;
  }
  for (size_t i = 0; i < n; i++)
    fputs(lines[i], f);
  return fclose(f) != 0;
}

static int grow(void) {
  int n = 0;
  while (__builtin_wasm_memory_grow(0, 16) != (size_t)-1) {
    memset((char *)(__builtin_wasm_memory_size(0) * 65536 - (1 << 20)), 1, 1 << 20);
    n++;
  }
  printf("%d\n", n);
  return 0;
}

static int serve(int port) {
  struct address a;
  struct buffer any = inet4(&a, 0, 0, 0, 0);
  int32_t listener, fd;
  check("open", sock_open_v2(FAMILY_INET4, TYPE_STREAM, &listener));
  check("bind", sock_bind_v2(listener, &any, port));
  check("listen", sock_listen_v2(listener, 128));
  printf("listening\n");
  fflush(stdout);
  for (int served = 1; sock_accept_v2(listener, 0, &fd) == 0; served++) {
    uint8_t data[4096];
    char answer[256], body[64];
    uint32_t n = 0, flags = 0;
    struct buffer b = {data, sizeof data};
    sock_recv_v2(fd, &b, 1, 0, &n, &flags);
    int length = snprintf(body, sizeof body, "hello from a module, %d\n", served);
    b.buf = (uint8_t *)answer;
    b.len = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", length, body);
    sock_send_v2(fd, &b, 1, 0, &n);
    close_fd(fd);
  }
  return 1;
}

static int get(int port, int times) {
  for (int i = 0; i < times; i++) {
    struct address a;
    struct buffer to = inet4(&a, 127, 0, 0, 1);
    int32_t fd;
    check("open", sock_open_v2(FAMILY_INET4, TYPE_STREAM, &fd));
    if (sock_connect_v2(fd, &to, port) == 0) {
      uint8_t data[4096] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      struct buffer b = {data, (uint32_t)strlen((char *)data)};
      uint32_t n = 0, flags = 0;
      sock_send_v2(fd, &b, 1, 0, &n);
      b.len = sizeof data;
      while (sock_recv_v2(fd, &b, 1, 0, &n, &flags) == 0 && n > 0)
        fwrite(data, 1, n, stdout);
      return 0;
    }
    close_fd(fd);
    usleep(100000);
  }
  fprintf(stderr, "nobody answers on port %d\n", port);
  return 1;
}

int main(int argc, char **argv) {
  const char *verb = argc > 1 ? argv[1] : "args", *first = argc > 2 ? argv[2] : "", *second = argc > 3 ? argv[3] : "";
  if (!strcmp(verb, "args")) {
    for (int i = 0; i < argc; i++)
      puts(argv[i]);
    return 0;
  }
  if (!strcmp(verb, "env")) {
    const char *value = getenv(first);
    puts(value ? value : "(unset)");
    return 0;
  }
  if (!strcmp(verb, "sort"))
    return sort(first, second);
  if (!strcmp(verb, "write")) {
    FILE *f = fopen(first, "w");
    printf("%d\n", f ? 0 : errno);
    return 0;
  }
  if (!strcmp(verb, "exit"))
    return atoi(first);
  if (!strcmp(verb, "trap"))
    __builtin_trap();
  if (!strcmp(verb, "flood")) {
    for (int i = 0, n = atoi(first); i < n; i++)
      printf("%063d\n", i);
    return 0;
  }
  if (!strcmp(verb, "grow"))
    return grow();
  if (!strcmp(verb, "spin")) {
    puts("spinning");
    fflush(stdout);
    for (volatile unsigned n = 0;; n++)
      ;
  }
  if (!strcmp(verb, "serve"))
    return serve(atoi(first));
  if (!strcmp(verb, "get"))
    return get(atoi(first), atoi(second));
  fprintf(stderr, "no verb %s\n", verb);
  return 2;
}
