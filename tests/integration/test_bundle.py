"""tools/bundle.py: what comes out means the same as what went in, or the build stops and says where."""
import pathlib
import shutil
import subprocess
import sys
import zlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import bundle  # noqa: E402
from squeeze import SourceError, squeeze_css, squeeze_html  # noqa: E402

PAGE = b"""<!doctype html>
<title>x</title>
<script src="/assets/shell/theme.js"></script>
<link rel="stylesheet" href="/assets/one.css">
<link rel="stylesheet" href="/assets/two.css">
<script type="module" src="/assets/app.js"></script>
"""


def site(**modules):
    files = {"index.html": PAGE, "shell/theme.js": b"(function () {})();", "one.css": b"a { b: c; }",
             "two.css": b"d { e: f }", "favicon.svg": b"<svg></svg>"}
    files.update({name.replace("__", "/") + ".js": text.encode() for name, text in modules.items()})
    return bundle.Site(files)


def script(**modules):
    out = site(**modules).out
    return next(data.decode() for name, data in out.items() if name.startswith("assets/app.")
                and name.endswith(".js"))


@pytest.mark.parametrize("app, why", [
    ("a = {\n", "app.js:2"),
    ("\nimport { none } from './b.js'; f(none);", "app.js:2"),
    ("\nimport { a } from './c.js'; f(a);", "app.js:2"),
    ("import { a } from 'https://x.org/b.js'; f(a);", "app.js:1: https://x.org/b.js is on another"),
    ("const a = 1; a = 2;", "app.js:1"),
    ("f(typeof x === 'strin');", "app.js:1"),
])
def test_what_is_wrong_with_a_script_is_told_with_its_place(app, why):
    with pytest.raises(SourceError) as caught:
        script(app=app, b="export const a = 1;")
    assert why in str(caught.value)


MODULES = {
    "app": """import { count, twice as double, Box } from './live/b.js';
import * as c from './c.js';
import './side.js';
const local = 'app'; // the same name elsewhere
console.log([double(count), new Box().own, c.first, c.second, c.renamed(), local].join(' '));
console.log(`${double(4) / 2} // not a comment`, /[/]\\/'/.test("//'"));
{ const shadowed = { import: 1, export: 2 }; console.log(shadowed.import + shadowed.export); }
""",
    "live__b": """import { first } from '../c.js';
/** @param {import('../app.js').Frame} frame a type in a comment is no import */
export function twice(n) { return n * 2; }
const local = 'b';
export const count = first + 20;
export class Box { own = local; }
""",
    "c": """const local = 'c', inner = () => local;
export const first = 1, second = { a: [1, 2], b: 3 }.b;
export { inner as renamed };
export async function* unused() { yield 1; }
console.log('c runs once');
""",
    "side": "console.log('side');",
}
SAID = "c runs once\nside\n42 b 1 3 c app\n4 // not a comment true\n3\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run scripts with")
def test_the_script_does_what_the_modules_do(tmp_path):
    for name, text in MODULES.items():
        path = tmp_path / (name.replace("__", "/") + ".js")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "bundled.mjs").write_text(script(**MODULES))
    for file in ("app.js", "bundled.mjs"):
        said = subprocess.run(["node", str(tmp_path / file)], capture_output=True, text=True,
                              check=True)
        assert said.stdout == SAID, file


TWO = {
    "app": """import { count, more } from './live/b.js';
more();
globalThis.later().then((it) => console.log('app', count, it.told()));
""",
    "live__b": """export let count = 1;
export const more = () => count++, unwanted = 'only the second';
console.log('b runs once');
""",
    "more": """import './live/b.js';
import { count as seen, more, unwanted } from './live/b.js';
import { own } from './live/own.js';
more();
export const told = () => `${seen} ${own} ${unwanted}`;
""",
    "live__own": """import { more } from './b.js';
more();
export const own = 'own';
""",
}


def two(**changes):
    files = {name.replace("__", "/") + ".js": text.encode() for name, text in {**TWO, **changes}.items()}
    page = PAGE + b'<body data-more="/assets/more.js">'
    return bundle.Site({"index.html": page, "shell/theme.js": b"", "one.css": b"", "two.css": b"", **files})


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run scripts with")
def test_the_second_script_shares_the_modules_of_the_first(tmp_path):
    out = two().out
    app, more = (next(name for name in out if name.startswith(f"assets/{which}.") and name.endswith(".js"))
                 for which in ("app", "more"))
    assert f'data-more="/{more}"' in out["index.html"].decode()
    assert f'src="/{app}"' in out["index.html"].decode()
    assert b"b runs once" not in out[more] and b"own" not in out[app]
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name in (app, more):
        text = out[name].decode().replace("/assets/", "./")
        (tmp_path / name.removeprefix("assets/")).write_text(text)
    (tmp_path / "run.js").write_text(f"globalThis.later = () => import('./{more[7:]}');\n"
                                     f"import('./{app[7:]}');\n")
    said = subprocess.run(["node", str(tmp_path / "run.js")], capture_output=True, text=True, check=True)
    assert said.stdout == "b runs once\napp 4 4 own only the second\n"


@pytest.mark.parametrize("changes, why", [
    ({"more": "import all from './live/b.js'; f(all);"}, "No matching export"),
    ({"more": "export { count } from './live/b.js';"}, "more.js:1:9"),
    ({"app": "import './more.js';"}, "app.js:1: more.js is to be loaded later, but is a part of it"),
    ({"more": "import { a } from 'https://x.org/b.js'; f(a);"}, "is on another host"),
])
def test_what_the_second_script_cannot_share_stops_the_build(changes, why):
    with pytest.raises(SourceError) as caught:
        two(**changes)
    assert why in str(caught.value)


def test_names_follow_the_bytes_and_nothing_else():
    one, same, other = site(app="f(1);"), site(app="f( 1 ); // the same"), site(app="f(2);")
    assert bundle.rows_of(one.out) == bundle.rows_of(same.out)
    names = [[name for name in made.out if name.startswith("assets/")] for made in (one, other)]
    assert names[0][:1] + names[0][2:] != names[1] and len(set(names[0]) & set(names[1])) == 2
    for name in names[0]:
        assert name.encode() in one.out["index.html"].replace(b'"/', b'"')
    assert b"one.css" not in one.out["index.html"]
    style = next(data for name, data in one.out.items() if name.endswith(".css"))
    assert style == b"a{b:c}\nd{e:f}\n"


def test_the_order_of_the_files_means_nothing():
    files = {"index.html": PAGE, "shell/theme.js": b"(function () {})();", "one.css": b"a { b: c; }",
             "two.css": b"d { e: f }", "app.js": b"import { a } from './a.js'; document.title = a;",
             "a.js": b"export const a = 7;", "favicon.svg": b"<svg></svg>" * 40}
    backwards = dict(reversed(files.items()))
    assert bundle.rows_of(bundle.Site(files).out) == bundle.rows_of(bundle.Site(backwards).out)


@pytest.mark.parametrize("name", ["../out.js", "/tmp/out.js", "a/../../out.js", "-x.js", "a\nb.js", 'a".css', "a/.b/c.js"])
def test_files_of_odd_names_are_refused(name):
    with pytest.raises(SourceError, match="is no name"):
        bundle.Site({"index.html": PAGE, name: b""})


def test_what_is_compressed_unpacks_to_the_same():
    rows = bundle.rows_of(site(app="f(1);" * 100).out)
    names = [name for name, _ in rows]
    assert names == sorted(names)
    plain = dict(rows)
    packed = [name for name in names if name.endswith(".gz")]
    assert any(".js.gz" in name for name in packed)
    for name in packed:
        assert zlib.decompress(plain[name], 31) == plain[name.removesuffix(".gz")]
        assert plain[name][4:8] == b"\0\0\0\0", "no time in it"
        assert names.index(name) == names.index(name.removesuffix(".gz")) + 1


def test_what_nothing_imports_is_told_and_left_out():
    made = site(app="f(1);", alone="f(2);")
    assert made.unused == ["alone.js"]
    assert not any("alone" in name for name in made.out)
    assert made.out["favicon.svg"] == b"<svg></svg>"


@pytest.mark.parametrize("text, result", [
    ("a , b > c{ d : e ; f : g ; }\n/* x */ h { }", "a,b>c{d :e;f :g}h{}"),
    ("a :hover b:not(.c) .d { e: calc(1px + (2px * 3)); }",
     "a :hover b:not(.c) .d{e:calc(1px + (2px * 3))}"),
    ("@media (min-width: 1px) and (max-width: 2px) { a { b: c !important; } }",
     "@media (min-width:1px) and (max-width:2px){a{b:c!important}}"),
    ("a::before { content: \"/* x */  ; }\"; background: url( data:x,y ) }",
     None),
    ("a::before { content: \" ;  } \"; b: '\\''; c: url(data:a;b,{  }) }",
     "a::before{content:\" ;  } \";b:'\\'';c:url(data:a;b,{  })}"),
    ("a[b=\"c\" i] { d: #fff; --e: ; f: u v }", "a[b=\"c\" i]{d:#fff;--e:;f:u v}"),
    ("a * b + c ~ d { }", "a * b + c ~ d{}"),
])
def test_squeezed_css_means_the_same(text, result):
    if result is None:
        with pytest.raises(SourceError):
            squeeze_css("x.css", text)
    else:
        assert squeeze_css("x.css", text) == result
        assert squeeze_css("x.css", result) == result


@pytest.mark.parametrize("text, why", [
    ("a {\nb: url(x.png) }", "x.css:2: url(x.png) would be a request"),
    ("@import 'x';", "x.css:1: @import"),
    ("@font-face { }", "x.css:1: @font-face"),
    ("\na { b: 'c }", "x.css:2: a string or a comment without an end"),
    ("a { } /* x", "x.css:1: a string or a comment without an end"),
])
def test_what_css_is_not_understood(text, why):
    with pytest.raises(SourceError) as caught:
        squeeze_css("x.css", text)
    assert why in str(caught.value)


@pytest.mark.parametrize("text, why", [
    ("<p>\n<b style='x'>", "x.html:2: an inline style"),
    ("<style>a{}</style>", "x.html:1: an inline style"),
    ("<p onclick='x'>", "x.html:1: onclick: an inline script"),
    ("<script>f()</script>", "x.html:1: text inside <script>"),
    ("<pre> x\n y</pre>", "x.html:1: text inside <pre>"),
    ("<img src='//x.org/y'>", "x.html:1: //x.org/y is on another host"),
    ("<link href='https://x.org/y'>", "is on another host"),
])
def test_what_html_is_refused(text, why):
    with pytest.raises(SourceError) as caught:
        squeeze_html("x.html", text)
    assert why in str(caught.value)


def test_squeezed_html_keeps_lines():
    assert squeeze_html("x.html", "<p>\n\n  a <!-- b\n c -->\n\t<b>d</b>\n e</p>\n") == \
        "<p>\na\n<b>d</b>\ne</p>\n"
