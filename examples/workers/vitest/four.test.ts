import { addTests } from './tokens.js'

addTests(60)
