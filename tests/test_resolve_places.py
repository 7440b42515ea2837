"""Places: sentences written for these tests; each names a place and the town or country it lies in."""

from pathlib import Path

import pytest

from arabic_ie import Document, Entity
from arabic_ie.errors import FormatError, InputError
from arabic_ie.resolve import Gazetteer, resolve
from arabic_ie.resolve.places import resolve_places


def places(text, *names, types=None, gazetteer=None):
    """Values of the named mentions, each the first occurrence after the one before."""
    entities, at = [], 0
    for i, name in enumerate(names):
        at = text.index(name, at)
        kind = types[i] if types else "GPE"
        entities.append(Entity(at, at + len(name), kind, f"E{i}"))
        at += len(name)
    found = resolve_places(Document(text, tuple(entities)), gazetteer or Gazetteer.load())
    return [found.get(f"E{i}") for i in range(len(names))]


@pytest.mark.parametrize(
    ("name", "country", "lat", "lon"),
    [
        ("بغداد", "IQ", 33.3, 44.4),
        ("ببغداد", "IQ", 33.3, 44.4),
        ("وبغداد", "IQ", 33.3, 44.4),
        ("الموصل", "IQ", 36.3, 43.1),
        ("للبصرة", "IQ", 30.5, 47.8),
        ("كركوك", "IQ", 35.5, 44.4),
        ("الفلوجة", "IQ", 33.3, 43.8),
        ("أربيل", "IQ", 36.2, 44.0),
        ("دير الزور", "SY", 35.3, 40.1),
        ("ديرالزور", "SY", 35.3, 40.1),
        ("البوكمال", "SY", 34.5, 40.9),
        ("البو كمال", "SY", 34.5, 40.9),
        ("أبو كمال", "SY", 34.5, 40.9),
        ("الميادين", "SY", 35.0, 40.5),
        ("إدلب", "SY", 35.9, 36.6),
        ("ادلب", "SY", 35.9, 36.6),
        ("القامشلي", "SY", 37.1, 41.2),
        ("حلب", "SY", 36.2, 37.2),
        ("بيروت", "LB", 33.9, 35.5),
        ("صيدا", "LB", 33.6, 35.4),
        ("بعلبك", "LB", 34.0, 36.2),
        ("غزة", "PS", 31.5, 34.5),
        ("قطاع غزة", "PS", 31.4, 34.4),
        ("خان يونس", "PS", 31.3, 34.3),
        ("نابلس", "PS", 32.2, 35.3),
        ("القاهرة", "EG", 30.1, 31.2),
        ("صنعاء", "YE", 15.4, 44.2),
        ("عدن", "YE", 12.8, 45.0),
        ("الحديدة", "YE", 14.8, 43.0),
        ("الرياض", "SA", 24.7, 46.7),
        ("بالرياض", "SA", 24.7, 46.7),
        ("الخرطوم", "SD", 15.6, 32.5),
        ("الفاشر", "SD", 13.6, 25.3),
        ("مصراتة", "LY", 32.4, 15.1),
        ("بنغازي", "LY", 32.1, 20.1),
        ("صفاقس", "TN", 34.7, 10.8),
        ("وهران", "DZ", 35.7, -0.6),
        ("الدار البيضاء", "MA", 33.6, -7.6),
        ("مقديشو", "SO", 2.0, 45.3),
        ("طهران", "IR", 35.7, 51.4),
        ("أنقرة", "TR", 39.9, 32.9),
        ("موسكو", "RU", 55.8, 37.6),
        ("واشنطن", "US", 38.9, -77.0),
        ("لندن", "GB", 51.5, -0.1),
        ("ديالى", "IQ", 33.9, 45.0),
        ("الأنبار", "IQ", 33.0, 42.0),
        ("الضفة الغربية", "PS", 32.0, 35.3),
    ],
)
def test_a_place_by_its_name(name, country, lat, lon):
    (value,) = places(f"وقع الحادث في {name} أمس", name)
    assert value["country"] == country
    assert value["lat"] == pytest.approx(lat, abs=0.25) and value["lon"] == pytest.approx(lon, abs=0.25)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("سوريا", "SY"),
        ("سورية", "SY"),
        ("والعراق", "IQ"),
        ("لإيران", "IR"),
        ("الولايات المتحدة", "US"),
        ("للولايات المتحدة", "US"),
        ("أميركا", "US"),
        ("بريطانيا", "GB"),
        ("المملكة العربية السعودية", "SA"),
        ("سلطنة عمان", "OM"),
        ("جنوب السودان", "SS"),
        ("كوريا الشمالية", "KP"),
    ],
)
def test_a_country_by_its_names(name, code):
    (value,) = places(f"غادر الوفد {name} مساء", name)
    assert (value["country"], value["feature"]) == (code, "country")
    assert value["geonames"]


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("سقط صاروخ على الصالحية قرب البوكمال", ["الصالحية", "البوكمال"], "As-Salihiyah (Al-Bukamal)"),
        ("أغلق محتجون طريق الصالحية في دمشق", ["الصالحية", "دمشق"], "As-Salihiyah (Damascus)"),
        ("وصلت قافلة إلى طرابلس بعد مغادرتها بنغازي في ليبيا", ["طرابلس", "بنغازي", "ليبيا"], "LY"),
        ("وصلت قافلة إلى طرابلس قادمة من بيروت وصيدا في لبنان", ["طرابلس", "بيروت", "صيدا", "لبنان"], "LB"),
    ],
)
def test_the_other_places_decide_between_namesakes(text, names, wanted):
    value = places(text, *names)[0]
    assert wanted in (value["name"], value["country"])
    assert value["namesakes"] >= 1


@pytest.mark.parametrize(
    ("text", "name", "relation"),
    [
        ("اشتباكات في ريف حلب", "حلب", "rural"),
        ("بريف مدينة البوكمال", "البوكمال", "rural"),
        ("انفجار شرق ديرالزور", "ديرالزور", "east"),
        ("غربي مدينة الموصل", "الموصل", "west"),
        ("على أطراف بلدة السخنة", "السخنة", "outskirts"),
        ("جنوب بغداد", "بغداد", "south"),
        ("ريف إدلب الجنوبي", "ريف إدلب الجنوبي", "rural"),
    ],
)
def test_what_stands_before_the_name_is_kept(text, name, relation):
    assert places(text, name)[0]["relation"] == relation


def test_the_province_is_not_its_town():
    town, province = places("في حلب ثم في محافظة حلب", "حلب", "حلب")
    assert (town["feature"], province["feature"]) == ("city", "region")


def test_a_facility_is_placed_by_its_town_and_says_so():
    (value,) = places("أقلعت من مطار البصرة الدولي", "مطار البصرة الدولي", types=["FAC"])
    assert value["country"] == "IQ" and value["precision"] == "containing place"


@pytest.mark.parametrize(
    "name", ["المدينة", "المنطقة", "بلاده", "الحدود", "قرى", "مدينة قرطبانوس", "العاصمة"]
)
def test_unknown_stays_unknown(name):
    assert places(f"في {name} أمس", name) == [None]


def test_a_small_town_far_away_needs_its_country():
    assert places("وصل إلى هوليوك", "هوليوك") == [None]
    town, _ = places("وصل إلى هوليوك في الولايات المتحدة", "هوليوك", "الولايات المتحدة")
    assert town["country"] == "US"
    assert places("عاد إلى فلوريدا", "فلوريدا")[0]["country"] == "US"


@pytest.mark.parametrize(
    ("name", "country"), [("عمّان", "JO"), ("كوباني", "SY"), ("بيت لحم", "PS"), ("كابول", "AF")]
)
def test_spellings_that_mislead(name, country):
    assert places(f"في {name}", name)[0]["country"] == country


def test_spans_are_untouched():
    text = "قصف قرب البوكمال"
    doc = Document(text, (Entity(8, 16, "GPE", "E1", 0.9),))
    found = resolve(doc).entities[0]
    assert (found.start, found.end, found.type, found.score) == (8, 16, "GPE", 0.9)


def test_the_user_adds_places(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "name,aliases,lat,lon,country\nTel Sukkar,تل سكر|تلة سكر,35.5,38.5,sy\n", encoding="utf-8"
    )
    mine = Gazetteer.load(path)
    assert len(mine) > len(Gazetteer.load()) and Gazetteer.load().find("تل سكر") == []
    (value,) = places("معارك في تل سكر", "تل سكر", gazetteer=mine)
    assert (value["name"], value["country"], value["lat"], value["geonames"]) == (
        "Tel Sukkar",
        "SY",
        35.5,
        None,
    )


def test_the_users_places_win_over_namesakes(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("name,lat,lon\nبغداد,10.0,20.0\nلبنان,11.0,21.0\nحلب,12.0,22.0\n", encoding="utf-8")
    mine = Gazetteer.load(path)
    text = "غادر الوفد بغداد والموصل والبصرة في العراق إلى لبنان"
    found = places(text, "بغداد", "الموصل", "البصرة", "العراق", "لبنان", gazetteer=mine)
    assert [value["lat"] for value in (found[0], found[4])] == [10.0, 11.0]
    assert found[0]["namesakes"] >= 1
    town, province = places("في حلب ثم في محافظة حلب", "حلب", "حلب", gazetteer=mine)
    assert (town["lat"], province["feature"]) == (12.0, "region")


@pytest.mark.parametrize("wrong", ["mine.csv", Path("mine.csv"), 5])
def test_what_is_no_gazetteer_is_refused_at_once(wrong):
    with pytest.raises(InputError, match="must be a Gazetteer"):
        resolve(Document("نص بلا أماكن"), gazetteer=wrong)


def test_an_empty_gazetteer_is_not_the_shipped_one():
    doc = Document("وقع الحادث في بغداد", (Entity(14, 19, "GPE", "E1"),))
    assert resolve(doc).entities[0].value is not None
    assert resolve(doc, gazetteer=Gazetteer([])).entities[0].value is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("name,lat\nA,1\n", 1),
        ("name,lat,lon\nA,1,2\nB,x,2\n", 3),
        ("name,lat,lon\nA,91,2\n", 2),
        ("name,lat,lon,kind\nA,1,2,planet\n", 2),
        ("name,lat,lon,population\nA,1,2,\nB,1,2,-1\n", 3),
    ],
)
def test_a_broken_gazetteer_names_its_line(tmp_path, content, line):
    path = tmp_path / "broken.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        Gazetteer.load(path)
    assert caught.value.line == line


def test_a_missing_gazetteer(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        Gazetteer.load(tmp_path / "none.csv")
