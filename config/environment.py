"""Reading single values from the environment, each refusal naming the key, the value and what is expected."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from click import ClickException

from registry.kernel.i18n import _

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class SettingsError(ClickException):
    """A setting that the program cannot start with; the text is one sentence for the administrator.

    On the command line it is printed without a traceback, with the exit code of "not configured".
    """

    exit_code = 4


class Environment:
    """The environment as typed values; an empty value counts as not given, as compose files write it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Keep the non-empty values of `values`."""
        self._values = {key: value.strip() for key, value in values.items() if value.strip()}

    def text(self, key: str, default: str | None = None) -> str | None:
        """The value of `key`, or `default`."""
        return self._values.get(key, default)

    def given(self, keys: Iterable[str]) -> dict[str, str]:
        """Those of `keys` that have a value."""
        return {key: self._values[key] for key in keys if key in self._values}

    def secret(self, key: str) -> str | None:
        """The value of `key`, or the content of the file that `<key>_FILE` names; both at once are refused."""
        file_key = f"{key}_FILE"
        path = self._values.get(file_key)
        if path is None:
            return self._values.get(key)
        if key in self._values:
            raise SettingsError(_("Chỉ được đặt một trong hai khóa %(a)s và %(b)s.", a=key, b=file_key))
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                _("%(key)s = %(value)s: không đọc được tệp (%(reason)s).", key=file_key, value=path, reason=error)
            ) from error
        if not content:
            raise SettingsError(_("%(key)s = %(value)s: tệp rỗng, cần chứa giá trị bí mật.", key=file_key, value=path))
        return content

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false from 1/0, true/false, yes/no, on/off in any case."""
        value = self._values.get(key)
        if value is None:
            return default
        word = value.lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            raise self.refusal(key, _("1 hoặc 0"))
        return word in TRUE_WORDS

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number between `least` and `most`, both included."""
        value = self._values.get(key)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
            raise self.refusal(key, _("số nguyên từ %(least)d đến %(most)d", least=least, most=most))
        return int(value)

    def choice(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of the words in `allowed`, in any case."""
        value = self._values.get(key, default)
        for word in allowed:
            if word.lower() == value.lower():
                return word
        raise self.refusal(key, _("một trong: %(words)s", words=", ".join(allowed)))

    def words(self, key: str) -> tuple[str, ...]:
        """The comma-separated words of `key`."""
        return tuple(word.strip() for word in self._values.get(key, "").split(",") if word.strip())

    def folder(self, key: str, default: Path) -> Path:
        """An absolute path with symbolic links resolved, so that one folder has one name."""
        value = self._values.get(key)
        path = default if value is None else Path(value).expanduser()
        return path.resolve()

    def refuse_unknown(self, prefix: str, known: frozenset[str]) -> None:
        """Refuse a key that starts with `prefix` and is not in `known`: a misspelt setting is not silently ignored."""
        unknown = sorted(key for key in self._values if key.startswith(prefix) and key not in known)
        if unknown:
            raise SettingsError(
                _(
                    "Khóa cấu hình %(key)s không tồn tại; danh sách các khóa có trong config/env.example.",
                    key=unknown[0],
                )
            )

    def refusal(self, key: str, expected: str) -> SettingsError:
        """The error for the value of `key`."""
        return SettingsError(
            _(
                "%(key)s = %(value)s không hợp lệ, cần %(expected)s.",
                key=key,
                value=self._values.get(key, ""),
                expected=expected,
            )
        )
