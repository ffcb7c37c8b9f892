"""Runs a command of WebAssembly with the package `wasmtime` of PyPI, where there is no wasmtime command.

    python run.py CACHE MOUNT MODULE [ARG...]

The directory MOUNT is the guest's /; an empty one is none. Compiled code is kept in the directory CACHE, by the
size and time of the module.
"""
import os
import sys

import wasmtime


def main() -> int:
    cache, mount, module, *args = sys.argv[1:]
    engine = wasmtime.Engine()
    made = os.stat(module)
    kept = os.path.join(cache, f"{os.path.basename(module)}-{made.st_size}-{made.st_mtime_ns}.cwasm")
    if os.path.exists(kept):
        code = wasmtime.Module.deserialize_file(engine, kept)
    else:
        code = wasmtime.Module.from_file(engine, module)
        os.makedirs(cache, exist_ok=True)
        with open(kept + str(os.getpid()), "wb") as f:
            f.write(code.serialize())
        os.rename(kept + str(os.getpid()), kept)
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = [os.path.basename(module), *args]
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    if mount:
        wasi.preopen_dir(mount, "/")
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    start = linker.instantiate(store, code).exports(store)["_start"]
    try:
        start(store)
    except wasmtime.ExitTrap as e:
        return e.code
    return 0


sys.exit(main())
