// Runs a script of JavaScript, to which print is what it prints with.
#include <stdio.h>
#include <stdlib.h>
#include "quickjs.h"

static JSValue print(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
	for (int i = 0; i < argc; i++) {
		const char *s = JS_ToCString(ctx, argv[i]);
		if (!s) return JS_EXCEPTION;
		printf(i ? " %s" : "%s", s);
		JS_FreeCString(ctx, s);
	}
	printf("\n");
	return JS_UNDEFINED;
}

int main(int argc, char **argv) {
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : 0;
	if (!f) return fprintf(stderr, "which script?\n"), 1;
	static char text[1 << 20];
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	JSRuntime *rt = JS_NewRuntime();
	JS_SetMaxStackSize(rt, 1 << 20);
	JSContext *ctx = JS_NewContext(rt);
	JSValue global = JS_GetGlobalObject(ctx);
	JS_SetPropertyStr(ctx, global, "print", JS_NewCFunction(ctx, print, "print", 1));
	JSValue v = JS_Eval(ctx, text, n, argv[1], JS_EVAL_TYPE_GLOBAL);
	if (JS_IsException(v)) {
		const char *s = JS_ToCString(ctx, JS_GetException(ctx));
		fprintf(stderr, "%s\n", s);
		return 1;
	}
	return 0;
}
