"""Reads the settings file and the environment, and lists everything that is wrong at once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from notifier.errors import SettingsError
from notifier.settings.schema import Settings

PREFIX = "NOTIFIER_"
CONFIG_VARIABLE = "NOTIFIER_CONFIG"
"""Names the settings file itself; read by the command line, no setting."""

Model = TypeVar("Model", bound=BaseModel)
Table = dict[str, Any]
Place = tuple[str | int, ...]


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings: the environment over the file, the file over the defaults.

    Raises SettingsError with every problem, each with its key, value (secrets masked) and hint.
    """
    table = {} if path is None else read_toml(path)
    origins = _overlay(table, environ)
    base = Path.cwd() if path is None else path.absolute().parent
    return validated(Settings, table, path=path, base=base, origins=origins)


def read_toml(path: Path) -> Table:
    """A TOML file as it stands. Raises SettingsError when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        problem = "there is no such file"
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        problem = f"it is not TOML: {error}"
    except (OSError, ValueError):  # ValueError: a NUL in the name
        problem = "it cannot be read"
    raise SettingsError([f"{path}: {problem}"])


def validated(
    model: type[Model],
    table: Table,
    *,
    path: Path | None,
    base: Path = Path(),
    origins: Mapping[Place, str] | None = None,
) -> Model:
    """Make ``model`` from ``table``. Raises SettingsError with every problem.

    ``path`` is the file that is named in them; ``origins`` says which keys came from which
    environment variable instead.
    """
    try:
        return model.model_validate(table, context={"base": base})
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
    file = "" if path is None else f"{path}: "
    raise SettingsError(
        [
            _problem(model, one, (origins or {}).get(one["loc"]) or file + _dotted(one["loc"]))
            for one in found
        ]
    )


def _overlay(table: Table, environ: Mapping[str, str]) -> dict[Place, str]:
    """Lay the environment over ``table``; tell which key came from which variable."""
    origins: dict[Place, str] = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE or not text:
            continue
        place = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        inner = table
        for part in place[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):  # the file has a value where a section belongs
                break
        else:
            inner.pop(_twin(place[-1]), None)
            inner[place[-1]] = text
            origins[place] = variable
    return origins


def _twin(key: str) -> str:
    """A secret and the file that holds it stand for each other."""
    return key.removesuffix("_file") if key.endswith("_file") else f"{key}_file"


def _problem(model: type[BaseModel], found: Mapping[str, Any], name: str) -> str:
    """One line: the key or variable, its value unless secret, what is wrong, and the hint."""
    place = found["loc"]
    field = _field(model, place)
    hint = f" ({field.description})" if field is not None and field.description else ""
    message = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
    match found["type"]:
        case "extra_forbidden":
            return f"{name}: unknown key; {_nearest(model, place, spelt=_spelling(name))}"
        case "model_type":
            return f"{name}: should be a section, [{_dotted(place)}]"
        case "missing":
            return f"{name}: is missing{hint}"
    if place[-1] == "[key]":
        return f"{name}: the key {message}{hint}"
    return f"{name} = {_shown(found['input'], field)}: {message}{hint}"


def _spelling(name: str) -> Callable[[Place], str]:
    """Answers in the questioner's spelling: a variable's for a variable, else the file's."""
    return _variable if name.startswith(PREFIX) else _dotted


def _variable(place: Place) -> str:
    return PREFIX + "__".join(map(str, place)).upper()


def _dotted(place: Place) -> str:
    """``delivery.ports[1]``; a part that is no bare key is quoted as in the file."""
    name = ""
    for part in place:
        if part == "[key]":
            continue
        if isinstance(part, int):
            name += f"[{part}]"
        else:
            is_bare = part.replace("_", "").replace("-", "").isalnum() and part.isascii()
            name += "." * bool(name) + (part if is_bare else f'"{part}"')
    return name


def _shown(value: object, field: FieldInfo | None) -> str:
    if field is None or _is_secret(field.annotation):
        return "***"
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))


def _field(model: type[BaseModel], place: Place) -> FieldInfo | None:
    """The setting at ``place``, or the one that contains it."""
    field = model.model_fields.get(str(place[0]))
    if field is None or not _is_model(field.annotation) or len(place) == 1:
        return field
    return _field(field.annotation, place[1:]) or field


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _keys(model: type[BaseModel], inside: Place = ()) -> Iterator[Place]:
    for name, field in model.model_fields.items():
        yield (*inside, name)
        if _is_model(field.annotation):
            yield from _keys(field.annotation, (*inside, name))


def _nearest(model: type[BaseModel], place: Place, *, spelt: Callable[[Place], str]) -> str:
    """What was probably meant: a key beside it, or one of that name in another section."""
    known = list(_keys(model))
    beside = {str(key[-1]): key for key in known if key[:-1] == place[:-1]}
    anywhere = {str(key[-1]): key for key in known}
    for candidates in (beside, anywhere):
        match = difflib.get_close_matches(str(place[-1]), candidates, n=1)
        if match:
            return f"did you mean {spelt(candidates[match[0]])}?"
    return f"known here: {', '.join(sorted(beside))}"
