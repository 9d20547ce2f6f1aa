import { readableAccent } from '../accent.js'
import type { Brand } from '../brand.js'
import { shortDigest } from '../short-digest.js'

const light = {
  background: '#ffffff',
  surface: '#f4f5f6',
  text: '#1b1f23',
  quiet: '#57606a',
  line: '#6e7781',
  danger: '#b3261e',
  success: '#1a6b35'
}
const dark = {
  background: '#14171a',
  surface: '#1f2429',
  text: '#e8eaed',
  quiet: '#a8b0b8',
  line: '#8b949e',
  danger: '#ff8a80',
  success: '#7bd88f'
}

const sheets = new WeakMap<Brand, string>()

/** The style sheet of all pages, with the accent of the brand: light and dark, from 320 pixels of width on. */
export function styleSheet(brand: Brand): string {
  const known = sheets.get(brand)
  if (known !== undefined) return known
  const sheet = `:root{color-scheme:light dark;${variables(light, brand)}}
@media(prefers-color-scheme:dark){:root{${variables(dark, brand)}}}
${rules}`
  sheets.set(brand, sheet)
  return sheet
}

/** Its address, a new one with each change of it. */
export function styleAddress(brand: Brand): string {
  return `/pages/style.css?v=${shortDigest(styleSheet(brand))}`
}

function variables(scheme: typeof light, brand: Brand): string {
  const colours = { ...scheme, ...readableAccent(brand.accent, scheme.surface) }
  return Object.entries(colours)
    .map(([name, value]) => `--${name === 'onAccent' ? 'on-accent' : name}:${value}`)
    .join(';')
}

const rules = `*,::before,::after{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--background);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC","Noto Sans SC",sans-serif;overflow-wrap:anywhere}
a{color:var(--accent)}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}
h2{font-size:1.2rem;line-height:1.3;margin:2rem 0 .5rem}
p{margin:0 0 1rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.95em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
main:focus{outline:none}
.skip{position:absolute;left:-9999px}
.skip:focus{left:.5rem;top:.5rem;background:var(--background);padding:.5rem;z-index:1}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;justify-content:space-between;padding:.75rem 1rem;border-bottom:1px solid var(--surface)}
.brand{display:flex;align-items:center;gap:.5rem;min-height:2rem;font-weight:600;color:var(--text);text-decoration:none}
.brand img{height:2rem;width:auto;max-width:10rem;object-fit:contain}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;list-style:none;margin:0;padding:0}
.who{color:var(--quiet);display:inline-block;max-width:12rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;vertical-align:bottom}
main{flex:1;width:100%;max-width:30rem;margin:0 auto;padding:1.5rem 1rem 3rem}
main.wide{max-width:64rem}
footer{padding:1rem;font-size:.9rem;color:var(--quiet);border-top:1px solid var(--surface)}
footer nav a{display:inline-block;padding:.25rem 0}
footer a[aria-current]{font-weight:600;text-decoration:none;color:var(--text)}
form{margin:0 0 1rem}
header form{margin:0}
.field{margin:0 0 1rem}
label{display:block;font-weight:600}
.optional{font-weight:400;color:var(--quiet)}
.hint{margin:0;color:var(--quiet);font-size:.9rem}
.error{margin:0;color:var(--danger);font-weight:600}
input:not([type=checkbox]):not([type=radio]),textarea,select{display:block;width:100%;margin:.25rem 0 0;padding:.55rem .65rem;font:inherit;color:inherit;background:var(--background);border:1px solid var(--line);border-radius:6px}
[aria-invalid=true]{border-color:var(--danger)!important;border-width:2px!important}
.check{display:flex;gap:.5rem;align-items:center;margin:0 0 .75rem}
.check input{width:1.5rem;height:1.5rem;accent-color:var(--accent);margin:0;flex:none}
.check label{font-weight:400}
button,.button{display:inline-block;min-height:2.5rem;padding:.5rem 1rem;font:inherit;font-weight:600;text-decoration:none;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.plain,.button.plain{background:transparent;color:var(--accent)}
button.danger{background:transparent;border-color:var(--danger);color:var(--danger)}
header button{min-height:2rem;padding:.25rem .75rem}
[data-copy]{visibility:hidden}
[data-copy].ready{visibility:visible}
.notice{margin:0 0 1rem;padding:.75rem 1rem;background:var(--surface);border-left:4px solid var(--accent);border-radius:4px}
.notice.error{border-color:var(--danger);font-weight:400;color:var(--text)}
.notice.success{border-color:var(--success)}
.notice p:last-child,.notice ul:last-child{margin-bottom:0}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center}
.actions form{margin:0}
dl{margin:0 0 1rem;display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.25rem 1rem}
dt{color:var(--quiet)}
dd{margin:0}
.cards{list-style:none;margin:0 0 1rem;padding:0}
.cards>li{padding:.75rem 0;border-top:1px solid var(--surface)}
.scroll{overflow-x:auto;margin:0 0 1rem}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--surface)}
th{color:var(--quiet);font-weight:600}
.tag{display:inline-block;padding:0 .5rem;border-radius:1rem;background:var(--surface);font-size:.9rem}
.copyable{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:0 0 1rem;padding:.5rem .75rem;background:var(--surface);border-radius:6px}
.copyable code{flex:1 1 12rem;user-select:all}
.codes{columns:2;list-style:none;margin:0 0 1rem;padding:.75rem 1rem;background:var(--surface);border-radius:6px}
.qr{display:block;width:13rem;height:13rem;margin:0 0 1rem;padding:.5rem;background:#fff;border-radius:6px}
.quiet{color:var(--quiet)}
@media(max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}.codes{columns:1}}
@media(prefers-reduced-motion:no-preference){button{transition:filter .1s}}
button:hover{filter:brightness(1.1)}
`
