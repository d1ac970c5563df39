"""docs/compliance.md has the very rules that are shipped, with their marks."""

from pathlib import Path

from compliance.rule_files import shipped_rules
from dialer.commands.rule_words import markdown

PAGE = Path(__file__).parents[2] / "docs" / "compliance.md"
BEGIN, END = "<!-- rules: begin -->\n", "<!-- rules: end -->"


def test_the_table_of_jurisdictions_is_what_the_command_prints() -> None:
    text = PAGE.read_text("utf-8")
    written = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    assert written == markdown(shipped_rules()), (
        "put what `dialer compliance show --markdown` prints between the two comments"
    )
