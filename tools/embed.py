#!/usr/bin/env python3
"""Turns files into one C source: an array of struct bw_embedded (src/base/embedded.h).

usage: embed.py --symbol NAME --root FOLDER --source OUT.c FILE...

Whoever uses it declares `extern const struct bw_embedded NAME[]; extern const size_t NAME_count;`.
Rows are sorted by name, so that the program may search them by halves.
"""

import argparse
import os

PER_LINE = 20


def c_bytes(data):
    numbers = [str(byte) for byte in data] + ["0"]
    lines = [",".join(numbers[at : at + PER_LINE]) for at in range(0, len(numbers), PER_LINE)]
    return ",\n".join(lines)


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def source_text(symbol, files):
    out = [
        '#include "base/embedded.h"\n',
        f"extern const struct bw_embedded {symbol}[];\nextern const size_t {symbol}_count;\n",
    ]
    rows = []
    for number, (name, data) in enumerate(files):
        out.append(f"static const unsigned char file_{number}[] = {{\n{c_bytes(data)}\n}};\n")
        rows.append(f"\t{{ {c_text(name)}, file_{number}, {len(data)} }},")
    out.append(f"const struct bw_embedded {symbol}[] = {{")
    out.extend(rows or ["\t{ 0 },"])
    out.append(f"}};\nconst size_t {symbol}_count = {len(files)};")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in ("--symbol", "--root", "--source"):
        parser.add_argument(option, required=True)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    files = []
    for path in options.files:
        with open(path, "rb") as file:
            files.append((os.path.relpath(path, options.root).replace(os.sep, "/"), file.read()))
    files.sort(key=lambda row: row[0].encode())
    with open(options.source, "w", encoding="utf-8") as file:
        file.write(source_text(options.symbol, files))


if __name__ == "__main__":
    main()
