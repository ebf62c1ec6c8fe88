// Lets runner.js load the program anew in the same process, as often as it likes: the modules of a
// generation import each other, and nothing of another generation.
const BUILT = /\/\.build\/(src|test)\//

export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context)
  const generation = /[?&]generation=\d+/.exec(context.parentURL ?? '')
  if (!generation || !BUILT.test(resolved.url)) return resolved
  return { ...resolved, url: `${resolved.url}?${generation[0].slice(1)}` }
}
