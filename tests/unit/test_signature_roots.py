"""The setting of the root certificates: a file that holds none stops the start."""

import pytest

from config.settings import Settings, SettingsError


def test_the_roots_are_a_file_with_a_certificate(tmp_path):
    roots, empty = tmp_path / "roots.pem", tmp_path / "empty.pem"
    roots.write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
    empty.write_text("", encoding="ascii")
    common = {"DATA_DIR": str(tmp_path)}
    assert Settings.from_env(common).signature_roots is None
    assert Settings.from_env(common | {"REGISTRY_SIGNATURE_ROOTS": str(roots)}).signature_roots == roots.resolve()
    for wrong in (empty, tmp_path / "missing.pem", tmp_path):
        with pytest.raises(SettingsError, match="REGISTRY_SIGNATURE_ROOTS"):
            Settings.from_env(common | {"REGISTRY_SIGNATURE_ROOTS": str(wrong)})
