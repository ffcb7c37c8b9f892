// Inserts rows into a database in memory, with an index, and asks a few questions of it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sqlite3.h"

static int show(void *unused, int n, char **values, char **names) {
	for (int i = 0; i < n; i++) printf(i ? "|%s" : "%s", values[i] ? values[i] : "");
	printf("\n");
	return 0;
}

static void run(sqlite3 *db, const char *sql) {
	char *error = 0;
	if (sqlite3_exec(db, sql, show, 0, &error)) {
		printf("%s: %s\n", sql, error);
		exit(1);
	}
}

// The system, of which nothing is wanted but that it is there.
static int randomness(sqlite3_vfs *v, int n, char *out) { memset(out, 7, n); return n; }
static int sleepy(sqlite3_vfs *v, int us) { return us; }
static int now(sqlite3_vfs *v, double *day) { *day = 2460000.5; return 0; }
static int opens(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) { return SQLITE_CANTOPEN; }
static int path(sqlite3_vfs *v, const char *name, int n, char *out) { sqlite3_snprintf(n, out, "%s", name); return 0; }
static int access_(sqlite3_vfs *v, const char *name, int flags, int *out) { *out = 0; return 0; }
static int delete_(sqlite3_vfs *v, const char *name, int sync) { return 0; }
static sqlite3_vfs none = {.iVersion = 1, .szOsFile = sizeof(sqlite3_file), .mxPathname = 64, .zName = "none", .xOpen = opens, .xDelete = delete_,
	.xAccess = access_, .xFullPathname = path, .xRandomness = randomness, .xSleep = sleepy, .xCurrentTime = now};
int sqlite3_os_init(void) { return sqlite3_vfs_register(&none, 1); }
int sqlite3_os_end(void) { return 0; }

int main(int argc, char **argv) {
	int rows = argc > 1 ? atoi(argv[1]) : 300000;
	sqlite3 *db;
	if (sqlite3_open(":memory:", &db)) return 1;
	run(db, "create table item (id integer primary key, name text, price real, kind integer)");
	run(db, "create index by_kind on item (kind, price)");
	run(db, "begin");
	sqlite3_stmt *insert;
	if (sqlite3_prepare_v2(db, "insert into item (name, price, kind) values (?, ?, ?)", -1, &insert, 0)) return 1;
	unsigned state = 2463534242u;
	for (int i = 0; i < rows; i++) {
		char name[32];
		state ^= state << 13, state ^= state >> 17, state ^= state << 5;
		snprintf(name, sizeof name, "item %08x", state);
		sqlite3_bind_text(insert, 1, name, -1, SQLITE_TRANSIENT);
		sqlite3_bind_double(insert, 2, state % 100000 / 100.0);
		sqlite3_bind_int(insert, 3, state % 97);
		if (sqlite3_step(insert) != SQLITE_DONE) return 1;
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	run(db, "commit");
	run(db, "select count(*), sum(kind), max(name) from item");
	run(db, "select kind, count(*), round(avg(price), 3) from item group by kind order by 2 desc, 1 limit 3");
	run(db, "select count(*) from item a join item b on b.id = a.kind where a.price < b.price");
	run(db, "select name from item where name like '%abc%' order by name limit 3");
	run(db, "update item set price = price * 1.1 where kind < 20");
	run(db, "delete from item where kind = 5");
	run(db, "select count(*), round(sum(price), 2) from item");
	sqlite3_close(db);
	return 0;
}
