"""Takes comments and needless spaces out of JavaScript, CSS and HTML; for tools/bundle.py.

JavaScript is cut into tokens first, so that what looks like a comment inside a string, a template
or a regular expression stays. Where a `/` could mean either of two things the build stops instead
of guessing. Lines stay lines, so that nothing depends on where a semicolon may be left out, and a
place in the result can be led back to its source.
"""

import html.parser
import re
from typing import NamedTuple

SPACES = re.compile(r"[ \t\f\v\u00a0\ufeff]+")
WORD = re.compile(r"#?(?:[^\W\d]|\$)(?:\w|\$)*")
NUMBER = re.compile(r"0[xXbBoO][0-9a-fA-F_]+n?"
                    r"|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?n?")
STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.S)
REGEX = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\[^\n]|\[(?:[^\\\]\n]|\\[^\n])*\])+/[a-z]*")
TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.S)
SIGN = re.compile(r"\+\+|--|=>|\?\.(?!\d)|\.\.\.|[-{}()\[\];,<>+*/%&|^!~?:=.]")

# After these words comes an expression, so a `/` begins a regular expression.
BEFORE_EXPRESSION = frozenset("return typeof case in instanceof new delete void throw do else"
                              .split())
# Names in one place and more than that in another: a `/` after them is not decided here.
EITHER = frozenset("of yield await async get set static let".split())
CONDITION = frozenset("if while for with".split())
PAIRS = {")": "(", "]": "[", "}": "{"}


class SourceError(Exception):
    """What is wrong with a file, as `file:line: why`."""


class Token(NamedTuple):
    kind: str  # word, number, string, regex, template, sign
    text: str
    line: int
    depth: int  # open brackets and substitutions around it
    fresh: bool  # first of its line
    apart: bool  # a space or a comment stands before it


class Lexer:
    """Cuts one module into tokens."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        self.at, self.line = 0, 1
        self.tokens = []
        self.open = []  # "(", "[", "{", "`" (a substitution), "if(" (a condition)
        self.regex_ok = True  # None: cannot be told
        self.fresh, self.apart = True, False

    def fail(self, why):
        raise SourceError(f"{self.name}:{self.line}: {why}")

    def run(self):
        while self.at < len(self.text):
            if not self.skip_space():
                self.token()
        if self.open:
            self.fail(f"the file ends inside {self.open[-1]!r}")
        return self.tokens

    def skip_space(self):
        """True when a space, a line's end or a comment was passed over."""
        text, at = self.text, self.at
        spaces = SPACES.match(text, at)
        if spaces:
            self.at = spaces.end()
        elif text.startswith("//", at):
            end = text.find("\n", at)
            self.at = end if end >= 0 else len(text)
        elif text.startswith("/*", at):
            end = text.find("*/", at + 2)
            if end < 0:
                self.fail("a comment without an end")
            self.lines_of(text[at:end])
            self.at = end + 2
        elif text[at] == "\n":
            self.lines_of("\n")
            self.at += 1
        else:
            return False
        self.apart = True
        return True

    def lines_of(self, text):
        count = text.count("\n")
        self.line += count
        self.fresh = self.fresh or count > 0

    def push(self, kind, text, regex_ok):
        self.tokens.append(Token(kind, text, self.line, len(self.open), self.fresh, self.apart))
        self.fresh, self.apart = False, False
        self.at += len(text)
        self.line += text.count("\n")
        self.regex_ok = regex_ok

    def token(self):
        first = self.text[self.at]
        if first in "'\"":
            self.take(STRING, "string", False, "a string without an end")
        elif first == "`":
            self.template("`")
        elif first == "}" and self.open and self.open[-1] == "`":
            self.open.pop()
            self.template("}")
        elif first == "/" and self.regex_ok is None:
            self.fail("is this `/` a division or a regular expression? Put brackets around it")
        elif first == "/" and self.regex_ok:
            self.take(REGEX, "regex", False, "a regular expression without an end")
        elif WORD.match(self.text, self.at):
            self.word()
        elif first.isdigit() or NUMBER.match(self.text, self.at):
            self.take(NUMBER, "number", False, "not a number")
            if WORD.match(self.text, self.at):
                self.fail("a number that goes on as a word")
        else:
            self.sign()

    def take(self, pattern, kind, regex_ok, why):
        found = pattern.match(self.text, self.at)
        if not found:
            self.fail(why)
        self.push(kind, found[0], regex_ok)

    def word(self):
        text = WORD.match(self.text, self.at)[0]
        last = self.tokens[-1].text if self.tokens else ""
        regex_ok = text in BEFORE_EXPRESSION
        if text in EITHER:
            regex_ok = None
        if last in (".", "?."):
            regex_ok = False
        self.push("word", text, regex_ok)

    def template(self, opening):
        """From the opening to the next `${` or to the end."""
        end = TEMPLATE.match(self.text, self.at + 1).end()
        goes_on = self.text.startswith("${", end)
        if not goes_on and not self.text.startswith("`", end):
            self.fail("a template without an end")
        self.push("template", self.text[self.at:end + (2 if goes_on else 1)], goes_on)
        if goes_on:
            self.open.append("`")

    def sign(self):
        found = SIGN.match(self.text, self.at)
        if not found:
            self.fail(f"{self.text[self.at]!r} is not understood")
        text = found[0]
        if text in "([{":
            condition = text == "(" and self.tokens and self.tokens[-1].text in CONDITION
            self.push("sign", text, True)
            self.open.append("if(" if condition else text)
        elif text in ")]}":
            self.close(text)
        else:
            self.push("sign", text, text not in ("++", "--"))

    def close(self, text):
        if not self.open or self.open[-1][-1] != PAIRS[text]:
            self.fail(f"{text!r} closes nothing")
        was = self.open.pop()
        # Behind a block or an object: either may be meant.
        self.push("sign", text, None if text == "}" else was == "if(")


def must_part(before, after):
    """Would two tokens read otherwise without the space between them?"""
    last, first = before.text[-1], after.text[0]
    if before.kind == "template" or after.kind == "template":
        return False
    if is_wordy(last) and is_wordy(first) and before.kind != "string" and after.kind != "string":
        return True
    if before.kind == "number" and first == ".":
        return True
    return last + first in ("++", "--", "//", "/*", "<!") or (last == "?" and first == ".")


def is_wordy(char):
    return char.isalnum() or char in "_$#"


def join_tokens(tokens):
    """[(text, line of the source)] for each line that has a token. A token of several lines
    counts as a line of its beginning."""
    lines = []
    before = None
    for token in tokens:
        if before is None or token.fresh:
            lines.append([token.text, token.line])
        else:
            space = " " if token.apart and must_part(before, token) else ""
            lines[-1][0] += space + token.text
        before = token
    return [(text, line) for text, line in lines]


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
