"""The form of every refusal (design 5), in one place."""
import re

UUID_LIKE = r"[0-9A-Za-z_-]{16,}"
DETAIL = re.compile(rf"^Rule (?P<rule>[a-z]+[a-z0-9.-]*); audit id (?P<id>{UUID_LIKE})\.$")


def check_refusal(fields, expected, role=None, environment="production", secret=()):
    """Checks an ErrorResponse that pgmoat made; returns (rule, audit id)."""
    assert fields["C"] in expected, fields
    assert fields["S"] == fields["V"] == "ERROR", fields
    if role:
        assert role in fields["M"], f"the role's name is missing: {fields}"
        assert environment in fields["M"], f"the environment's name is missing: {fields}"
    assert "\n" not in fields["M"], fields
    assert fields.get("H"), f"no HINT: {fields}"
    found = DETAIL.match(fields.get("D", ""))
    assert found, f"DETAIL is not 'Rule …; audit id ….': {fields}"
    for literal in secret:
        assert literal not in str(fields), f"a literal of the statement is in the error: {fields}"
    return found["rule"], found["id"]
