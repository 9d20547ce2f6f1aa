import { readableAccent } from '../accent.js'
import type { Brand } from '../brand.js'
import { shortDigest } from '../short-digest.js'

// Of each scheme: the page, the card on it, what stands out on the card, the edges of cards, and those of fields, which WCAG 2.2 §1.4.11
// wants at a contrast of 3.
const light = {
  background: '#f4f6f8',
  surface: '#ffffff',
  raised: '#eef1f4',
  text: '#1a2129',
  quiet: '#55606c',
  edge: '#dde2e7',
  line: '#808a95',
  danger: '#b3261e',
  success: '#1a6b35'
}
const dark = {
  background: '#101317',
  surface: '#191e23',
  raised: '#252b32',
  text: '#e7eaee',
  quiet: '#a6b0ba',
  edge: '#2d343b',
  line: '#7d8894',
  danger: '#ff8f86',
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
  const colours = { ...scheme, ...readableAccent(brand.accent, scheme.raised) }
  return Object.entries(colours)
    .map(([name, value]) => `--${name === 'onAccent' ? 'on-accent' : name}:${value}`)
    .join(';')
}

const rules = `*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--background);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC","Noto Sans SC",sans-serif;overflow-wrap:anywhere}
h1{hyphens:auto;font-size:1.5rem;line-height:1.25;margin:0 0 1.25rem;font-weight:650}
h2{font-size:1.125rem;line-height:1.35;margin:2rem 0 .75rem;padding-top:1.5rem;border-top:1px solid var(--edge);font-weight:650}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p,ul,ol{margin:0 0 1rem}
a{color:var(--accent);text-underline-offset:.15em}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9375em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
main:focus{outline:none}
.skip{position:absolute;left:-9999px}
.skip:focus{left:.5rem;top:.5rem;padding:.5rem .75rem;background:var(--surface);z-index:1}
header,footer{width:100%;max-width:66rem;margin:0 auto;padding:1rem}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;justify-content:space-between}
.brand{display:flex;align-items:center;gap:.625rem;min-width:0;min-height:2.5rem;font-size:1.0625rem;font-weight:650;color:var(--text);text-decoration:none}
.brand:only-child{margin:1rem auto 0;font-size:1.25rem}
.brand img{height:2rem;width:auto;max-width:10rem;object-fit:contain}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;list-style:none;margin:0;padding:0}
nav a{display:inline-block;padding:.25rem 0;color:inherit;text-decoration:none}
nav a:hover,.brand:hover span,nav [aria-current]{text-decoration:underline;text-underline-offset:.25em}
.who{color:var(--quiet);display:inline-block;max-width:10rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;vertical-align:bottom}
nav.sections{width:100%;max-width:66rem;margin:0 auto;padding:0 1rem .5rem}
main{width:calc(100% - 2rem);max-width:28rem;margin:.5rem auto auto;padding:2rem;background:var(--surface);border:1px solid var(--edge);border-radius:12px;box-shadow:0 1px 3px rgb(0 0 0/.06)}
main.wide{max-width:64rem}
main>:last-child,main>:last-child>:last-child{margin-bottom:0}
footer{padding-top:2rem;font-size:.875rem;color:var(--quiet);text-align:center}
footer ul{justify-content:center}
footer [aria-current]{color:var(--text)}
form{margin:0 0 1rem}
header form{margin:0}
.wide form,.wide dl,.wide p,.wide .notice{max-width:40rem}
.wide form.search{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;max-width:none}
.search .field{flex:1 1 12rem;margin:0}
fieldset{border:0;margin:0 0 1rem;padding:0}
legend{font-weight:600;padding:0 0 .5rem}
.field{margin:0 0 1.125rem}
label{display:block;font-weight:600}
.optional{font-weight:400;color:var(--quiet)}
.hint{margin:0;color:var(--quiet);font-size:.875rem}
.error{margin:0;color:var(--danger);font-weight:600;font-size:.9375rem}
input:not([type=checkbox]):not([type=radio]),textarea,select{display:block;width:100%;min-height:2.75rem;margin:.375rem 0 0;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--surface);border:1px solid var(--line);border-radius:8px}
textarea{resize:vertical}
input:focus-visible,textarea:focus-visible,select:focus-visible{outline-offset:0;border-radius:8px}
[aria-invalid=true]{border-color:var(--danger)!important;box-shadow:inset 0 0 0 1px var(--danger)}
.check{display:flex;gap:.625rem;align-items:center;margin:0 0 .75rem}
.check input{width:1.5rem;height:1.5rem;accent-color:var(--accent);margin:0;flex:none}
.check label{font-weight:400}
button,.button{display:inline-flex;align-items:center;justify-content:center;min-height:2.75rem;padding:.375rem 1.125rem;font:inherit;font-weight:600;line-height:1.25;text-align:center;text-decoration:none;border:1px solid var(--accent);border-radius:8px;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.plain,.button.plain{border-color:var(--line);background:transparent;color:var(--text)}
button.danger{border-color:var(--danger);background:transparent;color:var(--danger)}
button:hover,.button:hover{box-shadow:0 0 0 1px currentColor}
header button{min-height:2.25rem;padding:.25rem .875rem}
main:not(.wide) :is(.field,.check)+button.primary{width:100%;margin-top:.25rem}
[data-copy]{visibility:hidden}
[data-copy].ready{visibility:visible}
.notice{margin:0 0 1.25rem;padding:.75rem 1rem;background:var(--raised);border-left:4px solid var(--accent);border-radius:6px}
.notice.error{border-color:var(--danger);color:var(--text);font-size:1rem;font-weight:400}
.notice.success{border-color:var(--success)}
.notice>:last-child{margin-bottom:0}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:0 0 1rem}
.actions form{margin:0}
dl{margin:0 0 1rem;display:grid;grid-template-columns:minmax(7rem,max-content) minmax(0,1fr);gap:.375rem 1.25rem}
dt{color:var(--quiet)}
dd{margin:0}
.cards{list-style:none;padding:0}
.cards>li{padding:1rem 0;border-top:1px solid var(--edge)}
.cards>li:first-child{padding-top:0;border-top:0}
.cards>li>:last-child{margin-bottom:0}
.scroll{overflow-x:auto;margin:0 0 1rem}
table{width:100%;border-collapse:collapse;overflow-wrap:break-word}
th,td{min-width:6rem;max-width:20rem;padding:.625rem 1rem .625rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--edge)}
thead th{color:var(--quiet);font-weight:600;font-size:.875rem}
td form{margin:0}
.tag{display:inline-block;padding:0 .625rem;border-radius:1rem;background:var(--raised);font-size:.875rem}
.copyable{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center;justify-content:space-between;margin:0 0 1rem;padding:.625rem .75rem;background:var(--raised);border-radius:8px}
.copyable code{user-select:all}
.codes{list-style:none;padding:1rem;background:var(--raised);border-radius:8px}
.qr{display:block;width:13rem;max-width:100%;margin:0 auto 1.25rem;padding:.75rem;background:#fff;border-radius:8px}
[hidden]{display:none!important}
.quiet{color:var(--quiet)}
summary{min-height:1.5rem;font-weight:600;cursor:pointer}
@media(max-width:34rem){main{padding:1.25rem}dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin:0 0 .75rem}.codes{padding:.75rem;font-size:.8125rem}}
@media print{header,footer,button,.button,.skip{display:none}main{border:0;box-shadow:none}}
`
