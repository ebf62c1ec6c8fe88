import { render } from 'preact'
import { App } from './app.js'

/** The entry point of the page. */
const root = document.getElementById('page')
if (root !== null) render(<App />, root)
