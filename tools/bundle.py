#!/usr/bin/env python3
"""Makes of the page's files what the program embeds: two scripts, one style, each compressed.

usage: bundle.py --root web --source OUT.c [--folder OUT] FILE...

esbuild (one program, no Node) joins and shortens the modules that app.js imports, and those that only
the script named by `data-more` needs; the styles that index.html links become one. Scripts and styles
are named after their bytes. docs/internals/embed.md says more.
"""

import argparse
import hashlib
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import embed  # noqa: E402
from squeeze import SourceError, squeeze_css, squeeze_html  # noqa: E402

ENTRY = "app.js"
PAGE = "index.html"
SYMBOL = "web_files"
GZIP_MIN_BYTES = 256  # the server sends what is shorter as it is
TEXT = (".css", ".html", ".js", ".json", ".svg")
LINK = re.compile(r'<link rel="stylesheet" href="/assets/([^"]+)">')
SCRIPT = re.compile(r'<script (type="module" )?src="/assets/([^"]+)"></script>')
MORE = re.compile(r'data-more="/assets/([^"]+)"')
TAKES = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*['\"]([^'\"]+)['\"]", re.M)
JOINED = ".joined/app.js"  # app.js, and what the second script takes from its modules
NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)  # below the root, and no option of a command
SHORT = ("--minify", "--target=es2022", "--charset=utf8", "--legal-comments=none",
         "--log-level=warning")
NAMES = ("--entry-names=[name].[hash]",)
MODULES = ("--bundle", "--format=esm")


def esbuild(folder, *words):
    """What it has to complain of, a warning too, is an error that names file and line."""
    done = subprocess.run(["esbuild", *words, *SHORT], cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0 or done.stderr.strip():
        raise SourceError(f"esbuild: {done.stderr.strip()}")


class Site:
    """What the program answers with, and what of the sources was used for it."""

    def __init__(self, files):
        for name in files:
            if not NAME.fullmatch(name):
                raise SourceError(f"{name!r} is no name for a file of the page")
        self.files = files
        self.texts = {name: data.decode() for name, data in files.items() if name.endswith(TEXT)}
        self.page = self.text(PAGE)
        self.out = {}
        self.used = {PAGE}
        self.link_style()
        with tempfile.TemporaryDirectory() as folder:
            self.link_scripts(folder)
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

    def link_style(self):
        names = LINK.findall(self.page)
        if not names:
            raise SourceError(f"{PAGE}:1: the page links no style")
        self.used.update(names)
        data = ("\n".join(squeeze_css(name, self.text(name)) for name in names) + "\n").encode()
        path = f"assets/app.{hashlib.sha256(data).hexdigest()[:8]}.css"
        self.out[path] = data
        links = iter([f'<link rel="stylesheet" href="/{path}">'])
        self.page = LINK.sub(lambda _: next(links, ""), self.page)

    def link_scripts(self, folder):
        scripts = SCRIPT.findall(self.page)
        if [name for module, name in scripts if module] != [ENTRY]:
            raise SourceError(f"{PAGE}:1: the page needs one module script, {ENTRY}")
        for name, text in self.texts.items():
            if name.endswith(".js"):
                self.write(folder, name, text)
        for module, name in scripts:
            self.text(name)
            if module:
                self.link_modules(folder, name)
            else:
                self.link(name, self.build(folder, name)[0])

    def link(self, name, path):
        self.page = self.page.replace(f'="/assets/{name}"', f'="/{path}"')

    def link_modules(self, folder, first):
        """The second script imports from the first one what both need, so that it is there once."""
        path, inputs = self.build(folder, first, *MODULES)
        for second in MORE.findall(self.page):
            self.text(second)
            later = {source for source in self.inputs(folder, second) if source not in inputs}
            if second not in later:
                raise SourceError(f"{first}:1: {second} is to be loaded later, but is a part of it")
            del self.out[path]
            taken = self.taken(later, inputs)
            self.write(folder, JOINED, f"import '../{first}';\n" + "".join(
                f"export {{ {name} as {short} }} from '../{source}';\n"
                for (source, name), short in taken.items()))
            path, _ = self.build(folder, JOINED, *MODULES)
            stubs = {source: "" for source in inputs}
            for (source, name), short in taken.items():
                stubs[source] += f"export {{ {short} as {name} }} from '/{path}';\n"
            for source, text in stubs.items():
                self.write(folder, source, text)
            self.link(second, self.build(folder, second, *MODULES, f"--external:/{path}")[0])
        self.link(first, path)

    def taken(self, later, inputs):
        """What the modules of `later` import from those of `inputs`, with the short name of each."""
        found = set()
        for source in later:
            for names, where in TAKES.findall(self.texts[source]):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(source), where))
                if target in inputs:
                    found.update((target, name.split()[0]) for name in names.split(",") if name.strip())
        return {key: f"m{nth}" for nth, key in enumerate(sorted(found))}

    def write(self, folder, name, text):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def inputs(self, folder, name):
        """The modules that a script would be made of."""
        path, inputs = self.build(folder, name, *MODULES)
        del self.out[path]
        return inputs

    def build(self, folder, name, *words):
        """The path of the script made of `name`, and the modules it is made of."""
        esbuild(folder, name, "--outdir=.made", "--metafile=.made.json", *NAMES, *words)
        with open(os.path.join(folder, ".made.json"), encoding="utf-8") as file:
            made = json.load(file)
        for source, about in made["inputs"].items():
            self.used.add(source)
            for other in about["imports"]:
                if other.get("external") and f"--external:{other['path']}" not in words:
                    raise SourceError(f"{source}:1: {other['path']} is on another host")
        (script,) = made["outputs"]
        path = "assets/" + posixpath.basename(script)
        with open(os.path.join(folder, script), "rb") as file:
            self.out[path] = file.read()
        shutil.rmtree(os.path.join(folder, ".made"))
        return path, set(made["inputs"])


def compress(data):
    """gzip, as small as it gets: without a time or a name in it, so that equal bytes stay equal."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return subprocess.run(["zopfli", "-c", file.name], capture_output=True, check=True).stdout


def rows_of(out):
    """What is embedded: each file, and behind it NAME.gz where that is smaller."""
    rows = []
    for name in sorted(out, key=str.encode):
        rows.append((name, out[name]))
        packed = compress(out[name])
        if name.endswith(TEXT) and GZIP_MIN_BYTES <= len(out[name]) > len(packed):
            rows.append((name + ".gz", packed))
    return rows


def write_files(folder, rows):
    for name, data in rows:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--folder", help="also writes each file there, to look at")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
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
    with open(options.source, "w", encoding="utf-8") as file:
        file.write(embed.source_text(SYMBOL, rows))
    if options.folder:
        write_files(options.folder, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
