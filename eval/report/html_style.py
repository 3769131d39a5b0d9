"""How the page of a report looks: light, dark and printed, on a desk and on a phone. Directions are logical."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c1917;--soft:#57534e;--paper:#fafaf9;--card:#fff;--rule:#e0dcd8}
:root{--accent:#065f46}
:root{--good:#065f46;--good-soft:#e7f6ef;--bad:#991b1b;--bad-soft:#fdecec;--doubt:#7c2d12;--doubt-soft:#fff1e3}
:root{--plain-soft:#f0eeec;--gold:#fde68a;--pointed:#bae6fd;--first:#0f766e;--second:#b45309;--third:#4338ca}
@media screen and (prefers-color-scheme:dark){
:root{--ink:#f5f5f4;--soft:#bdb7b1;--paper:#171412;--card:#211d1a;--rule:#3f3a36;--accent:#6ee7b7}
:root{--good:#6ee7b7;--good-soft:#0a2e25;--bad:#fca5a5;--bad-soft:#3d1616;--doubt:#fdba74;--doubt-soft:#3a1f0e}
:root{--plain-soft:#2c2825;--gold:#6b4a08;--pointed:#0c4a6e;--first:#2dd4bf;--second:#fbbf24;--third:#a5b4fc}
}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-block-start:3.5rem}
body{margin:0 auto;max-width:72rem;padding:0 1.25rem 4rem;background:var(--paper);color:var(--ink)}
body{font:1rem/1.6 system-ui,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic","Geeza Pro",Tahoma,sans-serif}
body{font-variant-numeric:tabular-nums;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
h1{font-size:1.7rem;line-height:1.3;margin:2rem 0 1rem}
h2{font-size:1.3rem;margin:2.5rem 0 1rem}
h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:0}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.2rem}
[dir=auto]{text-align:start}
bdi.control{font-size:.75em;padding:0 .25em;border:1px solid var(--doubt);border-radius:.25em;color:var(--doubt)}
.skip{position:absolute;inset-inline-start:-100vw}
.skip:focus{inset-inline-start:1rem;inset-block-start:.5rem;z-index:2;background:var(--card);padding:.4rem .8rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:.2rem 2rem;margin:0}
dl{font-size:.9rem}
dl div{display:flex;gap:.75rem}
dt{color:var(--soft);flex:0 0 7.5rem}
#run dt{flex-basis:13rem}
dd{margin:0}
.small,.note,.meaning,.interval,.facts,.none,figcaption{color:var(--soft);font-size:.85rem}
.note{margin-block-start:1rem}

nav{position:sticky;inset-block-start:0;z-index:1;margin:1.5rem -1.25rem 0;padding:0 1.25rem;background:var(--paper)}
nav{border-block-end:1px solid var(--rule)}
nav ul{display:flex;gap:1.25rem;margin:0;padding:.6rem 0;list-style:none;overflow-x:auto;white-space:nowrap}
nav ul{font-size:.92rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}

.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.75rem}
.card{display:flex;flex-direction:column;background:var(--card);border:1px solid var(--rule)}
.card{border-radius:.6rem;padding:.8rem .9rem}
.card .what{font-size:.9rem;line-height:1.35;min-height:2.7em}
.card .value{font-size:1.75rem;font-weight:650;line-height:1.3;letter-spacing:-.01em}
.card .small{font-size:.78rem}
.card.alarm{border-color:var(--bad);background:var(--bad-soft)}
.card.alarm .value{color:var(--bad)}
.bar{position:relative;height:.5rem;margin:.35rem 0;border-radius:.25rem;background:var(--plain-soft)}
.bar i{position:absolute;inset-block:0;border-radius:.25rem;background:var(--first);opacity:.45;min-width:2px}
.bar b{position:absolute;inset-block:-2px;width:3px;margin-inline-start:-1.5px;border-radius:2px}
.bar b{background:var(--first)}

.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:.9rem 1rem}
figure h3{margin-block-start:0}
svg{display:block;width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt}

.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.4rem .75rem;text-align:end;vertical-align:top;white-space:nowrap}
th:first-child{text-align:start;font-weight:500;white-space:normal;min-width:8rem}
thead th{color:var(--soft);font-weight:500;border-block-end:1px solid var(--rule);vertical-align:bottom}
tbody tr+tr>*{border-block-start:1px solid var(--rule)}
tbody+tbody{border-block-start:1px solid var(--rule)}
.level th{font-weight:650;background:var(--plain-soft)}
.interval{display:block;font-size:.78rem}
.meaning{display:block;font-weight:400;font-size:.82rem}
.parts{columns:28rem 2;column-gap:1.25rem;margin-block-start:1.25rem}
.parts>div{break-inside:avoid;padding-block-end:1.25rem}
.parts h3{margin-block-start:0}
#by-direction th:first-child,#by-tag th:first-child{position:sticky;inset-inline-start:0;background:var(--card)}

.filter{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;border:0;margin:0 0 1rem;padding:0}
.filter legend{float:inline-start;padding:0;margin-inline-end:.5rem;color:var(--soft);font-size:.92rem}
.filter label{position:relative;cursor:pointer;font-size:.9rem}
.filter input{position:absolute;inset:0;margin:0;opacity:0;cursor:pointer}
.filter span{display:block;padding:.25rem .75rem;border:1px solid var(--rule);border-radius:1rem}
.filter span{background:var(--card)}
.filter input:checked+span{border-color:var(--accent);background:var(--good-soft);color:var(--accent)}
.filter input:focus-visible+span{outline:3px solid var(--accent);outline-offset:2px}
#questions:has(#show-false-answer:checked) .question:not(.false-answer),
#questions:has(#show-wrong:checked) .question:not(.wrong),
#questions:has(#show-false-refusal:checked) .question:not(.false-refusal),
#questions:has(#show-right:checked) .question:not(.right),
#questions:has(#show-refused:checked) .question:not(.refused){display:none}

.question{background:var(--card);border:1px solid var(--rule);border-radius:.6rem;margin-block-end:.5rem}
.question{content-visibility:auto;contain-intrinsic-size:auto 3.2rem}
.question:target{border-color:var(--accent)}
summary{display:grid;grid-template-columns:1rem 7rem 1fr minmax(9rem,auto);gap:.75rem;align-items:baseline}
summary{padding:.65rem 1rem}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";width:.45rem;height:.45rem;border:solid var(--soft);border-width:0 2px 2px 0}
summary::before{rotate:-45deg;align-self:start;margin-block-start:.6rem}
[open]>summary::before{rotate:45deg}
[open]>summary{border-block-end:1px solid var(--rule)}
.id{color:var(--soft);font-size:.85rem}
.asked{font-weight:550;white-space:pre-wrap}
.chips{display:flex;flex-wrap:wrap;gap:.3rem;justify-content:flex-end}
.chip{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.8rem;line-height:1.5}
.chip{font-weight:400;white-space:nowrap}
.chip{background:var(--plain-soft);color:var(--soft)}
.chip.good{background:var(--good-soft);color:var(--good)}
.chip.bad{background:var(--bad-soft);color:var(--bad)}
.chip.doubt{background:var(--doubt-soft);color:var(--doubt)}
.opened{padding:.75rem 1rem 1.25rem}
.opened h3{font-size:.85rem;color:var(--soft);font-weight:600;margin-block-start:1.1rem}
.accepted{display:flex;flex-wrap:wrap;gap:.35rem;margin:0;padding:0;list-style:none}
.accepted li{padding:.1rem .7rem;border:1px solid var(--rule);border-radius:.4rem;white-space:pre-wrap}
.claim{margin-block-end:.5rem}
.claim p[dir]{white-space:pre-wrap;padding-inline-start:.8rem;border-inline-start:3px solid var(--good)}
.claim.unsupported{background:var(--bad-soft)}
.claim.unsupported p[dir]{border-inline-start:3px dashed var(--bad);text-underline-offset:.35em}
.claim.unsupported p[dir]{text-decoration:underline wavy var(--bad) 1px}
.claim .remarks{padding-inline:.8rem}
.remarks{display:flex;flex-wrap:wrap;gap:.3rem;padding-block:.3rem}
.places{margin:0;padding:0;list-style:none}
.places li+li{margin-block-start:.7rem}
.where{display:flex;flex-wrap:wrap;gap:.1rem .6rem;align-items:baseline;font-size:.85rem;color:var(--soft)}
.rest{color:var(--soft);font-size:.85rem}
blockquote{margin:.2rem 0 0;padding-inline-start:.8rem;border-inline-start:3px solid var(--rule);white-space:pre-wrap}
blockquote,.claim,.asked,.accepted{line-height:1.75}
mark{color:inherit;background:var(--gold)}
mark.pointed{background:var(--pointed)}
mark.gold.pointed{background:var(--pointed);box-shadow:inset 0 -.18em var(--second)}

@media(max-width:44rem){
body{padding-inline:.9rem}
nav{margin-inline:-.9rem;padding-inline:.9rem}
h1{font-size:1.4rem}
.cards{grid-template-columns:repeat(2,1fr)}
summary{grid-template-columns:1rem 1fr auto}
.asked{grid-column:1/-1;grid-row:2}
#run dl div{display:block}
}
@media print{
:root{--paper:#fff}
body{max-width:none;padding:0;font-size:10pt}
nav,.skip,.filter{display:none}
.question{content-visibility:visible}
.card,figure,tr,.places li,summary{break-inside:avoid}
h2,h3,summary{break-after:avoid}
.scroll{overflow:visible}
th,td{white-space:normal;padding:.2rem .4rem}
.chip,.bar,.bar *,mark,.level th,.claim{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
"""
