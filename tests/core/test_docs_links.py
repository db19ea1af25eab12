"""Every link of the pages leads to a file, and to a heading where it names one."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages import DOCUMENTS, LINKED, ROOT, anchors, links, page


def is_elsewhere(target: str) -> bool:
    """Return whether a link leads to a source of a package that is installed, and so lies elsewhere."""
    source = re.match(r"(?:\.\./)?(degradekit|models)/", target)
    return bool(source) and not (ROOT / source[1]).exists()


def broken(document: str, target: str) -> str:
    """Return what is wrong with a link; nothing if it is right."""
    if ":" in target:
        url = urlsplit(target)
        is_whole = url.scheme == "https" and re.fullmatch(r"[\w-]+(\.[\w-]+)+", url.netloc)
        return "" if is_whole else "must be an https address with a host"
    if is_elsewhere(target):
        return ""
    name, _, anchor = target.partition("#")
    path = ((ROOT / document).parent / name).resolve() if name else ROOT / document
    if not path.exists() or ROOT.resolve() not in [path, *path.parents]:
        return "there is no such file in the repository"
    if anchor and anchor not in anchors(str(Path(path).relative_to(ROOT.resolve()))):
        return "the page has no such heading"
    return ""


@pytest.mark.parametrize("document", LINKED)
def test_links_lead_to_a_file_and_to_a_heading(document):
    assert [f"{target}: {broken(document, target)}" for target in links(document) if broken(document, target)] == []


def test_links_are_seen_but_for_those_in_code(tmp_path, monkeypatch):
    text = "[a](a.md#b) ![c](c.jpg) [d\ne](https://f.org)\n`[g](h.md)`\n```text\n[i](j.md)\n```\n<https://k.org>\n"
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr("pages.ROOT", tmp_path)
    assert links("page.md") == ["a.md#b", "c.jpg", "https://f.org", "https://k.org"]


@pytest.mark.parametrize(
    "target",
    [
        "docs/none.md",
        "docs/library.md#none",
        "#none",
        "docs/../../elsewhere.md",
        "http://example.com",
        "https://nowhere",
        "https://",
        "ftp://example.com/file",
    ],
)
def test_a_wrong_link_is_refused(target):
    assert broken("README.md", target)


def test_headings_have_the_anchors_of_a_code_host(tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text(
        "# What *is* it?\n## `code`, and more\n## Twice\n## Twice\n```sh\n# no heading\n```\n", encoding="utf-8"
    )
    monkeypatch.setattr("pages.ROOT", tmp_path)
    assert anchors("page.md") == {"what-is-it", "code-and-more", "twice", "twice-1"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_pages_begin_with_their_purpose_and_not_with_code(document):
    title, _, rest = page(document).partition("\n\n")
    assert title.startswith("# "), "the first line must be the title"
    assert re.match(r"(?!```)[\w*`\[]", rest), "a sentence must follow the title"


def test_every_page_is_linked_by_another():
    linked = {
        ((ROOT / each).parent / target.partition("#")[0]).resolve()
        for each in LINKED
        for target in links(each)
        if not target.startswith(("#", "https:"))
    }
    pages = [document for document in DOCUMENTS if document not in ("README.md", "docs/index.md")]
    assert [document for document in pages if (ROOT / document).resolve() not in linked] == []
