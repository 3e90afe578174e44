#!/usr/bin/env python3
"""Draws docs/picture.svg: what `plimsoll scan testdata/flowstate/before` prints, in its colours.

Run it from the root of the repository after the report has changed. It builds and runs the program itself; another
binary can be named as its argument. Needs nothing but Python. `tests/docs.rs` says when the picture is out of date.
"""

import html
import pathlib
import re
import subprocess
import sys

SCAN = ["scan", "testdata/flowstate/before", "--color", "always"]
# What is drawn: the first finding of each of these rules, the rows of these groups, the legend, and what it came to.
RULES = ("user-id-wrong", "user-root", "init-missing", "depends-on-unchecked")
GROUPS = ("identity", "process", "health", "resources", "topology")
LEFT_OUT = "     ⋮"
CELL, LINE, MARGIN = 7.25, 18, 16
STYLES = {
    "1": "font-weight:bold",
    "2": "fill:#8b949e",
    "31": "fill:#ff7b72",
    "32": "fill:#56d364",
    "33": "fill:#e3b341",
    "34": "fill:#79c0ff",
}
CODE = re.compile(r"\x1b\[([0-9;]*)m")


def output(program):
    """What the program prints; it finds violations, so it exits with 1."""
    run = subprocess.run([*program, *SCAN], stdout=subprocess.PIPE, check=False)
    if run.returncode != 1:
        sys.exit(f"the scan exits with {run.returncode}, not with 1")
    return run.stdout.decode().splitlines()


def chosen(lines):
    """The lines that are drawn, with a mark for each piece that is left out."""
    drawn, skipped = [], False
    for line, shown in zip(lines, choices([CODE.sub("", line) for line in lines])):
        if shown:
            drawn += [LEFT_OUT] * skipped + [line]
        skipped = not shown
    return drawn


def choices(plain):
    """For each line, whether it is drawn. A line that begins nothing goes with the one above it."""
    wanted, shown = set(RULES), True
    for line in plain:
        finding = re.match(r"[✗!] \w+\[([\w-]+)\]", line)
        row = re.match(r"  (\w+) +[\w-]+ +[✗✓?-]", line)
        if finding:
            shown = finding.group(1) in wanted
            wanted.discard(finding.group(1))
        elif row:
            shown = row.group(1) in GROUPS
        elif line.startswith(("  not a", "── inconclusive")):
            shown = False
        elif line.startswith(("── ", "  ✗ ", "scanned")):
            shown = True
        yield shown


def spans(line):
    """`(style, text)` for each run of one style."""
    style, start = "", 0
    for code in CODE.finditer(line):
        yield style, line[start : code.start()]
        parts = code.group(1).split(";")
        style = ";".join(STYLES[part] for part in parts if part in STYLES)
        start = code.end()
    yield style, line[start:]


def draw(lines):
    """The lines as SVG. Each run of a style is placed by its column, whatever font there is."""
    width = max(len(CODE.sub("", line)) for line in lines) * CELL + 2 * MARGIN
    height = (len(lines) + 1) * LINE + 2 * MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="12">'
    )
    yield '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>'
    command = "$ plimsoll scan testdata/flowstate/before"
    for number, line in enumerate([command, *lines]):
        column, parts = 0, []
        for style, text in spans(line):
            if text.strip():
                attribute = f' style="{style}"' if style else ""
                length = f' textLength="{len(text) * CELL:.1f}"' if len(text) > 1 else ""
                at = f'x="{MARGIN + column * CELL:.1f}"'
                parts.append(f"<tspan {at}{length}{attribute}>{html.escape(text, quote=False)}</tspan>")
            column += len(text)
        if parts:
            baseline = MARGIN + (number + 1) * LINE - 5
            yield f'<text y="{baseline}" fill="#e6edf3" xml:space="preserve">{"".join(parts)}</text>'
    yield "</svg>"


def main():
    program = sys.argv[1:2] or ["cargo", "run", "--release", "--quiet", "--"]
    picture = "\n".join(draw(chosen(output(program)))) + "\n"
    pathlib.Path("docs/picture.svg").write_text(picture, encoding="utf-8")


main()
