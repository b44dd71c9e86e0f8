"""The files in deploy/: units that systemd accepts, and settings that the program knows."""

import shutil
import subprocess
import sys

import pytest

from config.settings import CHECKOUT, Settings

UNITS = sorted((CHECKOUT / "deploy" / "systemd").iterdir())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_accepts_the_units(tmp_path):
    for unit in UNITS:
        # The program is not at its place here, and systemd looks for it.
        text = unit.read_text(encoding="utf-8").replace("/opt/registry/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    names = [str(tmp_path / unit.name) for unit in UNITS]
    answer = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_settings_of_the_example_are_settings_of_the_program(tmp_path):
    lines = (CHECKOUT / "deploy" / "settings.env").read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert {"DATA_DIR", "BACKUP_DIR", "REGISTRY_TRUSTED_HOSTS"} <= values.keys()
    settings = Settings.from_env(values | {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 40})
    assert settings.secure_cookies
