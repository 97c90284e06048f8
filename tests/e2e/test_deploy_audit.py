"""What deploy/audit has is right: each config is read as it stands, each alert is about a metric there is."""
import re
import subprocess

import pytest

from servers import BINARY, REPOSITORY

EXAMPLES = REPOSITORY / "deploy" / "audit"
CONFIGS = sorted(file for file in EXAMPLES.glob("*.yaml") if file.read_text().find("\nlisten:") >= 0)


def test_there_is_a_config_for_each_sink():
    kinds = {kind for file in CONFIGS for kind in re.findall(r"(\w+):", file.read_text())}
    assert {"file", "stdout", "syslog", "stream", "kafka", "http", "postgres"} <= kinds


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_config_is_good(file, tmp_path):
    done = subprocess.run([BINARY, "check-config", file], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_alerts_are_about_metrics_that_are_there(pgmoat):
    named = set(re.findall(r"pgmoat_audit_\w+", (EXAMPLES / "alerts.yaml").read_text()))
    assert len(named) >= 4
    told = pgmoat.get("/metrics")[1]
    assert not [name for name in named if not re.search(rf"^{name}[ {{]", told, re.MULTILINE)]
