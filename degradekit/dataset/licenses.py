"""The license of a dataset, as the Hugging Face Hub reads it off a card."""

import re
from collections.abc import Iterator

from degradekit.errors import DatasetError, Mistake
from degradekit.known_names import did_you_mean

OTHER = "other"
_IDENTIFIERS = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0
openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other
"""
LICENSES = tuple(_IDENTIFIERS.split())
"""The Hub's identifiers. Source: https://huggingface.co/docs/hub/repositories-licenses."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,95}")
_LINK = re.compile(r"https?://[!-~]{1,1000}|LICENSE(\.md)?")


def license_fields(license: str, name: str | None, link: str | None) -> dict[str, str]:
    """Return the fields of a card's head that name a license.

    Args:
        license: One of the Hub's identifiers.
        name: The name of a license that is not among them, for `other` only.
        link: Where its text is, for `other` only: a URL, or LICENSE or LICENSE.md in the folder of the dataset.

    Raises:
        DatasetError: The Hub has no such identifier, or name and link are missing, of another kind, or not allowed.
    """
    if mistakes := list(_mistakes(license, name, link)):
        raise DatasetError(*mistakes)
    fields = {"license": license, "license_name": name, "license_link": link}
    return {field: value for field, value in fields.items() if value is not None}


def _mistakes(license: str, name: str | None, link: str | None) -> Iterator[Mistake]:
    if license not in LICENSES:
        yield Mistake(
            "license",
            "must be one of the Hub's identifiers, which https://huggingface.co/docs/hub/repositories-licenses lists,"
            f" or {OTHER!r} with a name and a link{did_you_mean(license, LICENSES)}",
            license,
        )
    elif license != OTHER:
        for field, value in (("license_name", name), ("license_link", link)):
            if value is not None:
                yield Mistake(field, f"belongs to the license {OTHER!r} only", value)
    else:
        if name is None or not _NAME.fullmatch(name):
            rule = (
                f"must be given for the license {OTHER!r}, in small letters, digits, dots, + and -, as in my-terms-1.0"
            )
            yield Mistake("license_name", rule) if name is None else Mistake("license_name", rule, name)
        if link is None or not _LINK.fullmatch(link):
            rule = (
                f"must be given for the license {OTHER!r}: the URL of its text, or LICENSE or LICENSE.md for a file in"
                " the folder of the dataset"
            )
            yield Mistake("license_link", rule) if link is None else Mistake("license_link", rule, link)
