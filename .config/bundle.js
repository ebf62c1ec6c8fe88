// Owns how the sources become a bundle: the options of rolldown, and what it leaves out.
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

/**
 * What dependencies require but never use here. The proxy forwards by itself, so http-proxy's
 * client (undici) and its websockets (ws) never run; no route has a schema to compile; the metrics
 * have no exemplars; nothing is injected; our own gaxios adapter calls token endpoints. More than
 * half of all code, which Node would read at each start.
 */
const LEFT_OUT = [
  'undici',
  'ws',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
  '@opentelemetry/api',
  'node-fetch',
  'https-proxy-agent',
]

/** If one of them is used after all, it says so. */
const leaveOut = {
  name: 'leave-out',
  resolveId: {
    filter: { id: new RegExp(`^(${LEFT_OUT.join('|')})$`) },
    handler: (id) => `\0left-out:${id}.cjs`,
  },
  load: {
    filter: { id: /^\0left-out:/ },
    handler: (id) => `
      const use = () => { throw new Error(${JSON.stringify(`${id.slice(10, -4)} is left out of the bundle: see .config/bundle.js`)}) }
      module.exports = new Proxy(use, { get: use, construct: use })`,
  },
}

/**
 * An `import` of one of Node's modules evaluates all of its exports, getters too: for node:http
 * that loads fetch and its websockets, 40 ms and 15 MiB. This evaluates only what is used.
 */
const readOnlyWhatIsUsed = {
  name: 'read-only-what-is-used',
  resolveId: {
    filter: { id: new RegExp(`^(node:)?(${builtinModules.join('|')})$`) },
    // One for each importer: a shared one would be a separate file.
    handler: (id, importer, { kind }) =>
      kind === 'import-statement' ? `\0builtin:${id}?${importer}` : { id, external: true },
  },
  load: {
    filter: { id: /^\0builtin:/ },
    handler(id) {
      const [path] = id.slice('\0builtin:'.length).split('?')
      const names = Object.keys(process.getBuiltinModule(path)).filter((name) => name !== 'default')
      const exported = names.map(
        (name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})()\n`,
      )
      return `const builtin = /* @__PURE__ */ process.getBuiltinModule('${path}')
        export default builtin
        ${exported.join('')}`
    },
  },
}

/**
 * The library's index loads every kind of Google client. We import each credential's client by its
 * own path, and from the index only gaxios, in the copy that the clients use.
 */
const gaxiosAlone = {
  name: 'gaxios-alone',
  resolveId: { filter: { id: /^google-auth-library$/ }, handler: () => '\0gaxios' },
  load: {
    filter: { id: /^\0gaxios$/ },
    handler: () =>
      `export * as gaxios from ${JSON.stringify(`${process.cwd()}/node_modules/gaxios/build/cjs/src/index.js`)}`,
  },
}

/**
 * The library's signer returns its token in a `Headers`, whose first use loads all of fetch:
 * another 40 ms and 10 MiB. Here it gets a map, which has the one method that is used.
 */
const signWithoutFetch = {
  name: 'sign-without-fetch',
  transform: {
    filter: { id: /google-auth-library\/build\/src\/auth\/jwtaccess\.js$/ },
    // On the same line, so that the source map stays valid.
    handler: (code) => ({
      code: `const Headers = class extends Map { constructor(init) { super(Object.entries(init)) } };${code}`,
      map: null,
    }),
  },
}

/** The chunks; the first match wins. Whoever needs a module of one loads it whole. */
const ROOMS = {
  // What every command needs, and all of the health check: each extra file costs milliseconds.
  core: /\/src\/(main|errors|failure|compile-cache|system-codes|commands\/(signals|healthcheck|wait|ask-readiness|process-state)\.|log\/line-sink|one-line|version|settings\/(?!config-file\/|command-line\/completion|help\/usage))/,
  log: /\/src\/log\/(log|gcp-log-format)\.|\/node_modules\/pino\//,
  sign: /\/auth\/jwtaccess\.js$/,
  identity: /\/src\/(identity\/(?!endpoint\/)|token\/)|\/src\/commands\/(token|mint-once)\./,
  net: /\/src\/net\//,
  google: /\/src\/identity\/endpoint\/|google-auth-library|gaxios|left-out:(https|node-fetch)/,
  metrics: /\/src\/admin\/metrics\.|\/node_modules\/(prom-client|tdigest|bintrees)\//,
  proxy:
    /\/src\/(proxy|upstream|tunnel|access|admin\/(?!page))|\/src\/commands\/(?!check|demo|completion)|fastify/,
}

/**
 * @param pageFiles the texts of the page's files by name
 * @returns {import('rolldown').InputOptions}
 */
export function bundleOf(pageFiles) {
  const define = {
    PACKAGE_VERSION: JSON.stringify(version),
    // A text, inserted where it is used.
    PAGE_FILES: JSON.stringify(JSON.stringify(pageFiles)),
  }
  return {
    input: { cli: 'src/cli.ts' },
    platform: 'node',
    tsconfig: 'tsconfig.json',
    transform: { target: 'node20.19', define },
    plugins: [leaveOut, readOnlyWhatIsUsed, gaxiosAlone, signWithoutFetch],
    // A warning means that something may be missing at run time.
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message)
    },
  }
}

// Names are kept, for readable stack traces.
const COMPACT = {
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  comments: false,
}

/** @type {import('rolldown').OutputOptions} */
export const CHUNKS = {
  ...COMPACT,
  // Node loads it faster than ES modules, by a sixth of a health check's time.
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  sourcemap: true,
  sourcemapExcludeSources: true,
  codeSplitting: { groups: Object.entries(ROOMS).map(([name, test]) => ({ name, test })) },
}

/** Everything in one script, for the single executable. @type {import('rolldown').OutputOptions} */
export const SCRIPT = { ...COMPACT, format: 'cjs', codeSplitting: false }
