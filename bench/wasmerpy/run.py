"""Runs a command of WebAssembly with the package `wasmer` of PyPI, where there is no wasmer command.

    python run.py CACHE MOUNT MODULE [ARG...]

The directory MOUNT is the guest's /; an empty one is none. Compiled code is kept in the directory CACHE, by the
size and time of the module. The package wasmer_compiler_cranelift compiles.
"""
import os
import re
import sys

from wasmer import Instance, Module, Store, engine, wasi
from wasmer_compiler_cranelift import Compiler


def main() -> int:
    cache, mount, module, *args = sys.argv[1:]
    store = Store(engine.Universal(Compiler))
    made = os.stat(module)
    kept = os.path.join(cache, f"{os.path.basename(module)}-{made.st_size}-{made.st_mtime_ns}.wasmu")
    if os.path.exists(kept):
        with open(kept, "rb") as f:
            code = Module.deserialize(store, f.read())
    else:
        with open(module, "rb") as f:
            code = Module(store, f.read())
        os.makedirs(cache, exist_ok=True)
        with open(kept + str(os.getpid()), "wb") as f:
            f.write(code.serialize())
        os.rename(kept + str(os.getpid()), kept)
    state = wasi.StateBuilder(os.path.basename(module)).arguments(args)
    if mount:
        state = state.map_directory("/", mount)
    imports = state.finalize().generate_import_object(store, wasi.get_version(code, strict=False))
    try:
        Instance(code, imports).exports._start()
    except RuntimeError as e:
        ended = re.search(r"WASI exited with code: (\d+)", str(e))
        if not ended:
            raise
        return int(ended.group(1))
    return 0


sys.exit(main())
