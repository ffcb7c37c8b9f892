// For Lua, whose errors do not jump: see errors.h.
typedef int jmp_buf[1];
