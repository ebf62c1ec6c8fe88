import { render } from 'preact'
import { App } from './app.js'

/** Where the page begins. */
const root = document.getElementById('page')
if (root !== null) render(<App />, root)
