"""The gazetteer: Arabic place names with country, coordinates and GeoNames id; users may add a CSV.

Shipped are ``geonames.csv.gz`` (GeoNames towns and countries, see ``training/build_gazetteer.py``) and
``places.csv``, our own list of what it lacks: provinces, regions, waters, small towns in the news.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import regex

from ..errors import FormatError, InputError
from .words import bare, fold

COLUMNS = ("name", "aliases", "country", "lat", "lon", "kind", "geonames", "population")
KINDS = ("country", "region", "city", "town", "district", "natural", "facility")
MOST_BYTES = 1 << 28  # of a gazetteer, unpacked
_SHIPPED = ("geonames.csv.gz", "places.csv")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the gazetteer.

    Attributes:
        name: name in Latin letters, or the first Arabic one.
        country: ISO 3166-1 alpha-2, empty for what lies in no one country.
        lat: latitude of a representative point.
        lon: longitude of it.
        kind: one of ``KINDS``.
        geonames: GeoNames id, None when we do not know it.
        population: 0 when unknown.
        rank: 0 GeoNames, 1 our own list, 2 the user's.
    """

    name: str
    country: str
    lat: float
    lon: float
    kind: str
    geonames: int | None = None
    population: int = 0
    rank: int = 0

    def km(self, other: Place) -> float:
        """Great-circle distance."""
        a, b = radians(self.lat), radians(other.lat)
        span = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other.lon - self.lon) / 2) ** 2
        return 12742 * asin(sqrt(min(1.0, span)))


_SHADDA = "\u0651"


def _only_shadda(name: str) -> str:
    return regex.sub(r"[\u064B-\u0650\u0652\u0670\u0640]", "", name).strip()


def place_key(name: str) -> str:
    """Folded further than words: no spaces, hamza carriers as their letters, final -a in one spelling."""
    key = fold(name).translate(_CARRIERS)
    key = _OTHER.sub("", key)
    return key[:-1] + "ه" if len(key) > 3 and key.endswith("ا") else key


_OTHER = regex.compile(r"[^\p{L}\p{N}]+")
_CARRIERS = str.maketrans({"ئ": "ي", "ؤ": "و", "ء": None})


class Gazetteer:
    """Looks up place names.

    Examples:
        >>> gazetteer = Gazetteer.load()
        >>> [p.name for p in gazetteer.find("بديرالزور")][:1]
        ['Deir ez-Zor']
    """

    def __init__(self, entries: Iterable[tuple[Place, Iterable[str]]]) -> None:
        self._index: dict[str, list[Place]] = {}
        self._doubled: dict[str, list[Place]] = {}
        for place, names in entries:
            for name in names:
                if _SHADDA in name:
                    self._doubled.setdefault(_only_shadda(name), []).append(place)
            for key in {place_key(name) for name in names}:
                if key:
                    self._index.setdefault(key, []).append(place)

    def __len__(self) -> int:
        return len({place for places in self._index.values() for place in places})

    @classmethod
    def load(cls, *paths: str | Path) -> Gazetteer:
        """The shipped gazetteer with the user's CSV files.

        A file needs the columns ``name``, ``lat`` and ``lon``; ``aliases`` (parted by ``|``),
        ``country``, ``kind``, ``geonames`` and ``population`` are optional.

        Raises:
            InputError: there is no such file.
            FormatError: a row is not what it should be; its line is named.
        """
        return _shipped() if not paths else cls([*shipped_rows(), *_user_rows(paths)])

    def exact(self, name: str) -> list[Place]:
        """Entries of exactly this name, spelling variants aside."""
        return self._index.get(place_key(name), [])

    def find(self, name: str) -> list[Place]:
        """Entries of a name that may carry proclitics; the fewest letters taken off win."""
        return self.match(name)[0]

    def match(self, name: str) -> tuple[list[Place], str]:
        """As ``find``, with the folded name that was found."""
        if _SHADDA in name:  # عمّان is the city, عمان may be the state too
            marked = _only_shadda(name)
            for form in (marked, marked[1:] if marked[0] in "وفبل" else ""):
                if form in self._doubled:
                    return self._doubled[form], fold(form)
        first, _, rest = fold(name).partition(" ")
        # An article that the entry has and the text has not is no reason to miss.
        more = [f"ال{first}"] if len(first) > 3 else []
        for form in [*sorted(bare(first), key=len, reverse=True), *more]:
            found = self.exact(f"{form} {rest}")
            if found:
                return found, f"{form} {rest}".strip()
        return [], ""


def check_gazetteer(gazetteer: object) -> None:
    """Refuse what is no gazetteer before a document is read.

    Raises:
        InputError: it is neither a ``Gazetteer`` nor None, such as the path of one.
    """
    if gazetteer is None or isinstance(gazetteer, Gazetteer):
        return
    hint = f": Gazetteer.load({str(gazetteer)!r}) reads a file" if isinstance(gazetteer, str | Path) else ""
    raise InputError(f"gazetteer must be a Gazetteer or None, not {type(gazetteer).__name__}{hint}")


def read_places(path: Path, rank: int) -> Iterator[tuple[Place, list[str]]]:
    """Rows of a gazetteer file with all their names.

    Raises:
        InputError: it is missing or cannot be opened.
        FormatError: it is no CSV file of places, or unpacks to more than ``MOST_BYTES``.
    """
    try:
        # Read no further than allowed: a few kilobytes can unpack to any size.
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as err:
        raise FormatError(f"not a gzip file: {err}", str(path)) from err
    except OSError as err:
        raise InputError(f"{path}: the gazetteer cannot be read: {err.strerror}") from err
    if len(data) > MOST_BYTES:
        raise FormatError(f"more than {MOST_BYTES:,} bytes", str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise FormatError(f"not a UTF-8 CSV file: {err}", str(path)) from err
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = {"name", "lat", "lon"} - set(table.fieldnames or ())
        if missing:
            raise FormatError(
                f"a gazetteer needs the columns name, lat, lon; no {', '.join(sorted(missing))}", str(path), 1
            )
        for row in table:
            yield _place(row, rank, str(path), table.line_num)
    except csv.Error as err:
        raise FormatError(f"not a CSV file: {err}", str(path), table.line_num) from err


def _place(row: dict[str, str | None], rank: int, path: str, line: int) -> tuple[Place, list[str]]:
    cell = {key: (value or "").strip() for key, value in row.items() if isinstance(value, str | None)}
    try:
        lat, lon = float(cell["lat"]), float(cell["lon"])
        id, people = cell.get("geonames"), cell.get("population")
        if not cell["name"] or not -90 <= lat <= 90 or not -180 <= lon <= 180:
            raise ValueError("an empty name, or coordinates off the globe")
        kind = cell.get("kind") or "town"
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is none of {', '.join(KINDS)}")
        population = int(people or 0)
        if population < 0:
            raise ValueError(f"population {population} is below 0; leave it empty when unknown")
        country = cell.get("country", "").upper()
        place = Place(cell["name"], country, lat, lon, kind, int(id) if id else None, population, rank)
    except (KeyError, ValueError) as err:
        raise FormatError(f"not a row of a gazetteer: {err}", path, line) from err
    return place, [cell["name"], *filter(None, cell.get("aliases", "").split("|"))]


@lru_cache(maxsize=1)
def shipped_rows() -> tuple[tuple[Place, list[str]], ...]:
    """The places of the shipped gazetteer, each once, with all their names in Arabic letters."""
    folder = Path(str(files("arabic_ie"))) / "resolve" / "data"
    with (folder / "countries.csv").open(encoding="utf-8", newline="") as stream:
        more = {row["country"]: row["aliases"].split("|") for row in csv.DictReader(stream)}
    rows = [
        (place, names[1:])  # the first is in Latin letters
        for rank, name in enumerate(_SHIPPED)
        for place, names in read_places(folder / name, rank)
    ]
    known: dict[int, list[str]] = {}
    kept = []
    for place, names in rows:
        if place.kind == "country":
            names.extend(more.get(place.country, ()))
        if place.geonames in known:
            known[place.geonames].extend(names)  # our list only adds names to a GeoNames entry
            continue
        if place.geonames is not None:
            known[place.geonames] = names
        kept.append((place, names))
    return tuple(kept)


def _user_rows(paths: Iterable[str | Path]) -> Iterator[tuple[Place, list[str]]]:
    for path in paths:
        yield from read_places(Path(path), rank=2)


@lru_cache(maxsize=1)
def _shipped() -> Gazetteer:
    return Gazetteer(shipped_rows())
