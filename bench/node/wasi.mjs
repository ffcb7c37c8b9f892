// Runs a command of WebAssembly with Node's WASI: node wasi.mjs MOUNT MODULE [ARG...]
import { readFile } from "node:fs/promises";
import process from "node:process";
import { WASI } from "node:wasi";

process.removeAllListeners("warning");
const [mount, module, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [module, ...args], preopens: mount ? { "/": mount } : {}, returnOnExit: true });
const code = await WebAssembly.compile(await readFile(module));
const instance = await WebAssembly.instantiate(code, wasi.getImportObject());
process.exitCode = wasi.start(instance);
