#!/usr/bin/env python3
"""Makes of the page's files what the program embeds: one script, one style, each compressed.

usage: bundle.py --root web --source OUT.c [--lines OUT.lines] [--folder OUT] FILE...
       bundle.py --where OUT.lines LINE

The modules that app.js imports become one script, each in a scope of its own; the styles that
index.html links become one; scripts and styles are named after their bytes. docs/internals/embed.md
tells what of ES modules is understood; all else stops the build with `file:line: why`.
"""

import argparse
import hashlib
import os
import posixpath
import re
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import embed  # noqa: E402
from squeeze import Lexer, SourceError, join_tokens, squeeze_css, squeeze_html  # noqa: E402

ENTRY = "app.js"
PAGE = "index.html"
SYMBOL = "web_files"
GZIP_WINDOW = 15 + 16
GZIP_MIN_BYTES = 256  # the server sends what is shorter as it is
TEXT = (".css", ".html", ".js", ".json", ".svg")
LINK = re.compile(r'<link rel="stylesheet" href="/assets/([^"]+)">')
SCRIPT = re.compile(r'<script (type="module" )?src="/assets/([^"]+)"></script>')


def variable(name):
    """What a module is called inside the script: live/line.js is $live_line."""
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


class Module:
    """One file, read: what it imports and exports, and its lines without either word."""

    def __init__(self, name, text):
        self.name = name
        self.tokens = Lexer(name, text).run()
        self.imports = []  # (line, name of the module, [(imported, local)] or local namespace)
        self.exports = []  # (exported, local)
        self.body = []
        self.at = 0
        while self.at < len(self.tokens):
            self.statement()
        self.lines = join_tokens(self.body)

    def fail(self, why, token=None):
        line = (token or self.tokens[min(self.at, len(self.tokens) - 1)]).line
        raise SourceError(f"{self.name}:{line}: {why}")

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, text):
        if self.peek() != text:
            self.fail(f"expected {text!r}, found {self.peek()!r}")
        return self.next()

    def statement(self):
        """One token of the body, or a whole import or export."""
        token = self.tokens[self.at]
        before = self.tokens[self.at - 1].text if self.at else ""
        if token.kind != "word" or before in (".", "?."):
            self.body.append(self.next())
        elif token.text == "import" and self.peek(1) != ":":
            self.import_from()
        elif token.text == "export" and token.depth == 0:
            self.export()
        elif token.text == "await" and token.depth == 0:
            self.fail("a module that waits for something is not understood")
        elif token.text.startswith("$") and len(token.text) > 1:
            self.fail(f"{token.text}: names with a leading $ are the bundler's")
        else:
            self.body.append(self.next())

    def import_from(self):
        line = self.next().line
        if self.peek() == "(":
            self.fail("a module loaded while the page runs is not understood")
        if self.peek() == ".":
            self.fail("import.meta is not understood")
        names = []
        if self.peek() == "{":
            names = self.names()
            self.expect("from")
        elif self.peek() == "*":
            self.next()
            self.expect("as")
            names = self.next().text
            self.expect("from")
        elif self.tokens[self.at].kind != "string":
            self.fail("a default import is not understood; name what is imported")
        self.imports.append((line, self.path(), names))

    def path(self):
        """The module a string names; takes the string and the semicolon."""
        token = self.next()
        where = token.text[1:-1]
        if token.kind != "string" or not re.fullmatch(r"\.\.?/[\w./-]+\.js", where):
            self.fail(f"{token.text}: an import names a .js file by a path that begins with a dot",
                      token)
        self.expect(";")
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.name), where))

    def names(self):
        """`{ a, b as c }` as [(a, a), (b, c)]."""
        self.expect("{")
        pairs = []
        while self.peek() != "}":
            first = self.name_token()
            second = first
            if self.peek() == "as":
                self.next()
                second = self.name_token()
            pairs.append((first, second))
            if self.peek() != "}":
                self.expect(",")
        self.next()
        return pairs

    def name_token(self):
        if self.tokens[self.at].kind != "word" or self.peek() == "default":
            self.fail(f"{self.peek()!r} is no name that is understood here")
        return self.next().text

    def export(self):
        start = self.next()
        word = self.peek()
        if word == "{":
            self.exports += [(public, own) for own, public in self.names()]
            if self.peek() == "from":
                self.fail("an export from another module is not understood; import it first")
            self.expect(";")
            return
        if word == "const":
            names = self.constants()
        elif word in ("function", "async", "class"):
            at = 1 + (word == "async")
            names = [self.peek(at + (self.peek(at) == "*"))]
        else:
            why = {"let": "what imports it would not see it change; export a function",
                   "var": "export const, a function or a class", "default": "name what is exported",
                   "*": "name what is exported"}
            self.fail(f"export {word} is not understood: {why.get(word, 'export a declaration')}")
        self.exports += [(name, name) for name in names]
        self.body.append(self.next()._replace(fresh=start.fresh, line=start.line))

    def constants(self):
        """The names of `const a = 1, b = 2;`, without taking a token."""
        names = []
        at = self.at
        while True:
            at += 1
            if self.tokens[at].kind != "word" or self.tokens[at + 1].text != "=":
                self.fail("only plain names can be exported by const", self.tokens[at])
            names.append(self.tokens[at].text)
            while at < len(self.tokens) and not (self.tokens[at].depth == 0 and
                                                 self.tokens[at].text in (",", ";")):
                at += 1
            if at == len(self.tokens) or self.tokens[at].text == ";":
                return names


class Graph:
    """The modules in the order in which a browser would run them."""

    def __init__(self, texts):
        self.texts = texts
        self.modules = {}
        self.order = []
        self.visit(ENTRY, [], f"{PAGE}:1")
        self.check_imports()

    def visit(self, name, above, where):
        if name in above:
            circle = " -> ".join(above[above.index(name):] + [name])
            raise SourceError(f"{where}: modules import each other in a circle: {circle}")
        if name in self.modules:
            return
        if name not in self.texts:
            raise SourceError(f"{where}: there is no {name} (is it in web/meson.build?)")
        module = Module(name, self.texts[name])
        for line, other, _ in module.imports:
            self.visit(other, above + [name], f"{name}:{line}")
        self.modules[name] = module
        self.order.append(module)

    def check_imports(self):
        known = {variable(name): name for name in self.modules}
        if len(known) != len(self.modules):
            raise SourceError(f"{ENTRY}:1: two modules would have the same name in the script")
        for module in self.order:
            check_twice(module)
            for line, other, names in module.imports:
                offered = {public for public, _ in self.modules[other].exports}
                for name, _ in names if isinstance(names, list) else ():
                    if name not in offered:
                        raise SourceError(f"{module.name}:{line}: {other} exports no {name}")


def check_twice(module):
    seen = set()
    for public, _ in module.exports:
        if public in seen:
            raise SourceError(f"{module.name}:1: {public} is exported twice")
        seen.add(public)


def pairs_text(pairs):
    return "{" + ",".join(a if a == b else f"{a}:{b}" for a, b in pairs) + "}"


def module_lines(module):
    """[(text, source, line)] of one module's scope."""
    own = variable(module.name)
    lines = [(f"const {own}=(function {own}(){{", module.name, 1)]
    for line, other, names in module.imports:
        if names:
            left = pairs_text(names) if isinstance(names, list) else f" {names}"
            lines.append((f"const{left}={variable(other)};", module.name, line))
    lines += [(text, module.name, line) for text, line in module.lines]
    result = pairs_text(module.exports)
    lines.append((f"return{result}" if module.exports else "", module.name, 1))
    lines.append(("})();", module.name, 1))
    return [row for row in lines if row[0]]


def bundle_script(texts):
    """(the script, its line map: a row `FIRST-LINE SOURCE:LINE` for each line of it)."""
    lines = []
    for module in Graph(texts).order:
        lines += module_lines(module)
    script = "".join(text + "\n" for text, _, _ in lines)
    rows = []
    at = 1
    for text, source, line in lines:
        rows.append(f"{at} {source}:{line}\n")
        at += 1 + text.count("\n")
    return script, "".join(rows)


class Site:
    """What the program answers with, and what of the sources was used for it."""

    def __init__(self, files):
        self.files = files
        self.texts = {name: data.decode() for name, data in files.items() if name.endswith(TEXT)}
        self.page = self.text(PAGE)
        self.out = {}
        self.used = {PAGE}
        self.link_style()
        self.lines = self.link_scripts()
        self.out[PAGE] = squeeze_html(PAGE, self.page).encode()
        self.unused = []
        for name in sorted(set(files) - self.used):
            if name.endswith(".css") and "/" not in name:  # of a page that the daemon writes
                self.out[name] = (squeeze_css(name, self.texts[name]) + "\n").encode()
            elif name.endswith((".js", ".css")):
                self.unused.append(name)
            else:
                self.out[name] = files[name]

    def text(self, name):
        if name not in self.texts:
            raise SourceError(f"{PAGE}:1: there is no {name} (is it in web/meson.build?)")
        return self.texts[name]

    def publish(self, stem, ending, text):
        """The path of a file that is named after its bytes."""
        data = text.encode()
        name = f"assets/{stem}.{hashlib.sha256(data).hexdigest()[:8]}{ending}"
        self.out[name] = data
        return "/" + name

    def link_style(self):
        names = LINK.findall(self.page)
        if not names:
            raise SourceError(f"{PAGE}:1: the page links no style")
        self.used.update(names)
        path = self.publish("app", ".css",
                            "\n".join(squeeze_css(name, self.text(name)) for name in names) + "\n")
        links = iter([f'<link rel="stylesheet" href="{path}">'])
        self.page = LINK.sub(lambda _: next(links, ""), self.page)

    def link_scripts(self):
        """The line map of the module script."""
        scripts = SCRIPT.findall(self.page)
        if [name for module, name in scripts if module] != [ENTRY]:
            raise SourceError(f"{PAGE}:1: the page needs one module script, {ENTRY}")
        script, lines = bundle_script({name: text for name, text in self.texts.items()
                                       if name.endswith(".js")})
        self.used |= {row.split()[1].rsplit(":", 1)[0] for row in lines.splitlines()}
        for module, name in scripts:
            self.used.add(name)
            path = self.publish(posixpath.basename(name).removesuffix(".js"), ".js",
                                script if module else plain_script(name, self.text(name)))
            self.page = self.page.replace(f'src="/assets/{name}"', f'src="{path}"')
        return lines


def plain_script(name, text):
    return "".join(line + "\n" for line, _ in join_tokens(Lexer(name, text).run()))


def compress(data):
    """gzip without a time or a name in it, so that equal bytes stay equal."""
    maker = zlib.compressobj(9, zlib.DEFLATED, GZIP_WINDOW, 9)
    return maker.compress(data) + maker.flush()


def rows_of(out):
    """What is embedded: each file, and behind it NAME.gz where that is smaller."""
    rows = []
    for name in sorted(out, key=str.encode):
        rows.append((name, out[name]))
        packed = compress(out[name])
        if name.endswith(TEXT) and GZIP_MIN_BYTES <= len(out[name]) > len(packed):
            rows.append((name + ".gz", packed))
    return rows


def where(lines_path, wanted):
    """The source of a line of the script."""
    found = "?"
    with open(lines_path, encoding="utf-8") as file:
        for row in file:
            first, source = row.split()
            if int(first) > wanted:
                break
            found = source
    return found


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root")
    parser.add_argument("--source")
    parser.add_argument("--lines")
    parser.add_argument("--folder", help="also writes each file there, to look at")
    parser.add_argument("--where", nargs=2, metavar=("LINES", "LINE"))
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    if options.where:
        print(where(options.where[0], int(options.where[1])))
        return 0
    files = {}
    for path in options.files:
        with open(path, "rb") as file:
            files[os.path.relpath(path, options.root).replace(os.sep, "/")] = file.read()
    try:
        site = Site(files)
    except SourceError as error:
        print(f"{os.path.join(options.root, '')}{error}", file=sys.stderr)
        return 1
    for name in site.unused:
        print(f"{os.path.join(options.root, name)}: nothing uses it; left out", file=sys.stderr)
    rows = rows_of(site.out)
    write(options.source, embed.source_text(SYMBOL, rows))
    if options.lines:
        write(options.lines, site.lines)
    if options.folder:
        for name, data in rows:
            path = os.path.join(options.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
