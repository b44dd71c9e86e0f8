"""The contact of who runs an installation: one line of the environment."""

import pytest

from config.settings import CONTACT_MOST, Settings, SettingsError


def test_the_contact_is_one_line_of_text(tmp_path):
    common = {"DATA_DIR": str(tmp_path)}
    line = "Trung tâm CNTT tỉnh, 0237 3 852 111, hotro@thanhhoa.example.vn"
    assert Settings.from_env(common).support_contact is None
    assert Settings.from_env(common | {"REGISTRY_SUPPORT_CONTACT": line}).support_contact == line
    for wrong in ("hai\ndòng", "x" * (CONTACT_MOST + 1), "\u202eđảo chiều"):
        with pytest.raises(SettingsError, match="REGISTRY_SUPPORT_CONTACT"):
            Settings.from_env(common | {"REGISTRY_SUPPORT_CONTACT": wrong})
