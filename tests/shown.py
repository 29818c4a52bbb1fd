"""What a value shows of itself as HTML, read by a parser: its elements and its text."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"br"}
PLAIN = {"div", "p", "br", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "b"}


class Shown(HTMLParser):
    """Reads HTML; every element must be closed where it was opened, and be one of the plain ones."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.lines: list[str] = [""]
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in PLAIN, f"an element <{tag}>"
        assert attrs in ([], [("class", "tex2jax_ignore mathjax_ignore")]), f"attributes of <{tag}>: {attrs}"
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("br", "p", "li"):
            self.lines.append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data
        else:
            self.lines[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self) -> str:
        """Everything that is read."""
        return "\n".join([*self.lines, *(" ".join(row) for row in self.rows)])


def shown(value: object) -> Shown:
    """Read what a value shows of itself in Jupyter."""
    return Shown(value._repr_html_())  # type: ignore[attr-defined]
