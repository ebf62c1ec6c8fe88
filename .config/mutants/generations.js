// Lets runner.js load the program again in the same process, any number of times: the modules of a
// generation import each other, and nothing from another generation.
const BUILT = /\/\.build\/(src|test)\//

export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context)
  const generation = /[?&]generation=\d+/.exec(context.parentURL ?? '')
  if (!generation || !BUILT.test(resolved.url)) return resolved
  return { ...resolved, url: `${resolved.url}?${generation[0].slice(1)}` }
}
