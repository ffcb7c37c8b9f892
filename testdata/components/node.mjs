// node node.mjs JCO DIR COMPONENT ARGS...: runs a component in Node, by `jco run` of the package
// at JCO (node_modules/@bytecodealliance/jco), with DIR as /data and A=1 in its environment: what
// the tests of these components expect.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [jco, dir, component, ...args] = process.argv.slice(2);
const { run } = await import(pathToFileURL(resolve(jco, 'dist/cmd/run.js')));
await run(component, args, { sandbox: true, sandboxFsPreopen: [`${resolve(dir)}::/data`], sandboxEnvSet: ['A=1'] });
