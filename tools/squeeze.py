"""Takes comments and needless spaces out of CSS and HTML, and refuses what the page's policy would
not run or what would ask another host; for tools/bundle.py.
"""

import html.parser
import re


class SourceError(Exception):
    """What is wrong with a file, as `file:line: why`."""


CSS_PIECE = re.compile(r"/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
                       r"|url\((?:[^)\\]|\\.)*\)|\s+|[^\s\"'/u]+|.", re.S)


def squeeze_css(name, text):
    """One line for each rule of the source's outermost level is not kept: the result is a line."""
    out = []
    line = 1
    for found in CSS_PIECE.finditer(text):
        piece = found[0]
        if piece in "\"'" or (piece == "/" and text.startswith("/*", found.start())):
            raise SourceError(f"{name}:{line}: a string or a comment without an end")
        check_css(name, line, piece)
        line += piece.count("\n")
        if piece.isspace() or piece.startswith("/*"):
            piece = " "
        out.append(piece)
    return "".join(drop_css_spaces(out))


def check_css(name, line, piece):
    if re.match(r"@(import|charset|font-face)\b", piece):
        raise SourceError(f"{name}:{line}: {piece.split('{')[0]} is not understood")
    if piece.startswith("url(") and not re.match(r"url\(['\"]?(data:|#)", piece):
        raise SourceError(f"{name}:{line}: {piece} would be a request of its own")


def drop_css_spaces(pieces):
    """Spaces beside `{ } ; , >` and after `:` say nothing; those before `:` and around `+` do."""
    kept = []
    for piece in pieces:
        if piece == " " and (not kept or kept[-1][-1] in " {};,>:("):
            continue
        if kept and kept[-1] == " " and piece[0] in "{};,>)!":
            kept.pop()
        if piece[0] == "}" and kept and kept[-1].endswith(";"):
            kept[-1] = kept[-1][:-1]
            kept = kept if kept[-1] else kept[:-1]
        kept.append(piece)
    return kept if not kept or kept[-1] != " " else kept[:-1]


class HtmlRules(html.parser.HTMLParser):
    """Refuses what the Content-Security-Policy would not run, and what would leave the house."""

    def __init__(self, name):
        super().__init__(convert_charrefs=True)
        self.name = name
        self.raw = ""  # inside <script>, <style> or <pre>

    def fail(self, why):
        raise SourceError(f"{self.name}:{self.getpos()[0]}: {why}")

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "style" or "style" in values:
            self.fail("an inline style, which the policy refuses")
        for key in values:
            if key.startswith("on"):
                self.fail(f"{key}: an inline script, which the policy refuses")
        for key in ("src", "href"):
            if re.match(r"(?i)(https?:)?//", values.get(key) or ""):
                self.fail(f"{values[key]} is on another host")
        self.raw = tag if tag in ("script", "pre", "textarea") else ""

    def handle_endtag(self, tag):
        self.raw = ""

    def handle_data(self, data):
        if self.raw and data.strip():
            self.fail(f"text inside <{self.raw}>")


def squeeze_html(name, text):
    """Without comments, indentation and empty lines; a line's end stays, it is a space."""
    rules = HtmlRules(name)
    rules.feed(text)
    rules.close()
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line) + "\n"
