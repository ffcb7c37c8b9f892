// Errors of Lua's without setjmp, which not every runtime has: the script makes none.
#include <stdlib.h>
#define LUAI_THROW(L, c) abort()
#define LUAI_TRY(L, c, a) { a }
#define luai_jmpbuf int
