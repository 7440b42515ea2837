"""The page and the rendered documents in headless Chromium, as a person uses them."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need 'playwright' (extra 'test')")
pytest.importorskip("uvicorn", reason="browser tests need the extra 'server'")

from serving import serving

from arabic_ie import Argument, Document, Entity, Event, Trigger
from arabic_ie.integrations.server import create_app
from arabic_ie.render import to_html

ARTICLE = "قصفت 😀 طائرات مطار دمشق أمس، ولم يُقتل أحد في حلب."
ATTACK = "<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"


def found_in(text):
    """What a model and the resolver would give for the article: values, an incident, a negation."""

    def span(words):
        return text.index(words), text.index(words) + len(words)

    place = {"kind": "place", "name": "Damascus", "country": "SY", "lat": 33.51, "lon": 36.29}
    day = {"kind": "date", "timex": "2020-01-06", "start": "2020-01-06", "end": "2020-01-06"}
    entities = (
        Entity(*span("طائرات"), "VEH", "E1", 0.9),
        Entity(*span("مطار دمشق"), "FAC", "E2", 0.8, place),
        Entity(*span("أمس"), "DATE", "E3", 0.99, day),
        Entity(
            *span("حلب"), "GPE", "E4", 0.95, {"kind": "place", "name": "Aleppo", "lat": 36.2, "lon": 37.16}
        ),
    )
    roles = (Argument("Attacker", "E1"), Argument("Target", "E2"), Argument("Time", "E3"))
    events = (
        Event("Conflict.Attack", Trigger(*span("قصفت")), "actual", roles, "T1", 0.9),
        Event("Life.Die", Trigger(*span("يُقتل")), "negated", (Argument("Place", "E4"),), "T2", 0.7),
    )
    return Document(text, entities, events)


class Known:
    """Stands in for the model, so that the page shows every kind of result."""

    path = "known"

    def pipe(self, texts, **_):
        for text in texts:
            if "خطأ" in text:
                raise RuntimeError("broken")
            yield found_in(text) if text == ARTICLE else Document(text, (Entity(0, 1, ATTACK, "E1"),))


@pytest.fixture(scope="module")
def address():
    with serving(create_app(Known())) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(params=[390, 1280], ids=["phone", "desktop"])
def page(chromium, request):
    """A page that fails the test on any console error, script error or request to another host."""
    troubles = []
    page = chromium.new_page(viewport={"width": request.param, "height": 900})
    page.set_default_timeout(10_000)
    page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: troubles.append(str(e)))
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith(("http://127.0.0.1", "file:", "blob:", "data:"))
            else troubles.append(r.url)
        ),
    )
    page.troubles = troubles
    yield page
    page.close()
    assert not troubles


def extract(page, address, text=ARTICLE):
    page.goto(address)
    page.fill("#text", text)
    page.fill("#date", "2020-01-07")
    page.click("#extract")
    sync_api.expect(page.locator("#status")).to_have_text(re.compile(r"entities|did not work"))


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_paste_and_read(page, address):
    extract(page, address)
    assert page.inner_text("#status").startswith("4 entities and 2 events")
    assert page.evaluate("document.querySelector('.aie-text').textContent") == ARTICLE
    marks = page.evaluate("[...document.querySelectorAll('mark')].map(m => [m.dataset.type, m.textContent])")
    assert (
        ["Attack", "قصفت"] in marks and ["FAC", "مطار دمشق"] in marks and ["Die (negated)", "يُقتل"] in marks
    )
    # The offsets are code points: the emoji before the aircraft does not shift the table.
    rows = page.evaluate(
        "[...document.querySelectorAll('.incidents tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    assert rows[0] == ["2020-01-06أمس", "Conflict.Attack", "قصفت", "طائرات", "مطار دمشق", "", "", ""]
    assert rows[1][1] == "Life.Die (negated)" and rows[1][5] == "حلب"
    assert page.locator(".lane").count() == 1
    assert page.inner_text("#timeline .hint") == "1 without a date on the calendar."
    assert page.evaluate("[...document.querySelectorAll('#map circle title')].map(t => t.textContent)") == [
        "Damascus, SY",
        "Aleppo",
    ]
    assert fits(page)


def test_map_keeps_north_up_and_labels_inside(page, address):
    extract(page, address)
    damascus, aleppo = page.evaluate(
        "[...document.querySelectorAll('#map circle')].map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])"
    )
    assert aleppo[1] < damascus[1] and aleppo[0] > damascus[0]
    inside = page.evaluate("""() => {
      const box = document.querySelector('#map svg').getBoundingClientRect();
      return [...document.querySelectorAll('#map text:not(.degree)')].every((t) => {
        const b = t.getBoundingClientRect();
        return b.left >= box.left && b.right <= box.right && b.top >= box.top && b.bottom <= box.bottom;
      });
    }""")
    assert inside


def test_one_place_far_away_does_not_shrink_the_map(page, address):
    page.goto(address)
    places = """[{lat: 34.4, lon: 40.9, name: 'أ', title: 'a', count: 1}, {lat: 35.3, lon: 40.1, name: 'ب', title: 'b', count: 1},
      {lat: 33.3, lon: 44.4, name: 'ج', title: 'c', count: 1}, {lat: 40.7, lon: -74, name: 'د', title: 'd', count: 1},
      {lat: 35, lon: 38, name: 'ه', title: 'e', count: 1, country: true}]"""
    drawn = page.evaluate(f"""async () => {{
      const {{ map }} = await import('/charts.js');
      const made = map({places}, 600);
      return [[...made.querySelectorAll('circle title')].map((t) => t.textContent), made.querySelector('.beyond').textContent];
    }}""")
    assert drawn[0] == ["a", "b", "c"]
    assert "د" in drawn[1]


def test_downloads(page, address):
    extract(page, address)
    files = {}
    for format in ("json", "csv", "labelstudio", "html"):
        with page.expect_download() as download:
            page.click(f"[data-format={format}]")
        with open(download.value.path(), encoding="utf-8") as stream:
            files[download.value.suggested_filename] = stream.read()
    assert set(files) == {"arabic_ie.json", "arabic_ie.csv", "arabic_ie.labelstudio.json", "arabic_ie.html"}
    expected = replace(found_in(ARTICLE), meta={"date": "2020-01-07"})
    assert Document.from_dict(json.loads(files["arabic_ie.json"])) == expected
    rows = list(csv.DictReader(io.StringIO(files["arabic_ie.csv"].lstrip("\ufeff"))))
    assert [r["type"] for r in rows] == ["Conflict.Attack", "Life.Die"]
    tasks = files["arabic_ie.labelstudio.json"]
    assert "predictions" in tasks and "مطار دمشق" in json.dumps(json.loads(tasks), ensure_ascii=False)
    assert files["arabic_ie.html"].startswith("<!doctype html>")


def test_hostile_types_and_texts_are_shown_not_run(page, address):
    extract(page, address, ATTACK)
    page.wait_for_timeout(200)
    assert page.title() == "arabic_ie"
    assert page.evaluate("document.querySelector('.aie-text').textContent") == ATTACK
    assert page.locator("#result img, #result script").count() == 0


def test_errors_are_said(page, address):
    extract(page, address, "خطأ")
    assert all("500" in trouble for trouble in page.troubles)
    page.troubles.clear()  # Chromium itself reports a 500 to the console
    assert page.inner_text("#status").startswith("That did not work")
    assert page.is_enabled("#extract")
    page.click("#clear")
    assert page.input_value("#text") == "" and page.inner_text("#status") == ""


def test_keyboard(page, address):
    page.goto(address)
    page.fill("#text", ARTICLE)
    page.press("#text", "Control+Enter")
    page.wait_for_selector(".aie-text")
    page.locator("mark").first.focus()
    # The words of the event under the focus light up together.
    lit = page.evaluate(
        "[...document.querySelectorAll('mark')].filter(m => getComputedStyle(m).boxShadow !== 'none').map(m => m.textContent)"
    )
    assert lit == ["قصفت", "طائرات", "مطار دمشق", "أمس"]


def test_clear_forgets(page, address):
    extract(page, address)
    page.click("#clear")
    assert page.is_hidden("#result") and page.input_value("#text") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rendered_documents(page, tmp_path, seed_docs, scheme):
    path = tmp_path / "seed.html"
    path.write_text(to_html(seed_docs), encoding="utf-8")
    page.emulate_media(color_scheme=scheme)
    page.goto(path.as_uri())
    texts = page.evaluate("[...document.querySelectorAll('.aie-text')].map(t => t.textContent)")
    assert texts == [d.text for d in seed_docs]
    assert page.evaluate("getComputedStyle(document.querySelector('.aie-text')).direction") == "rtl"
    assert fits(page)
    light = page.evaluate("getComputedStyle(document.querySelector('.aie')).backgroundColor")
    assert (light == "rgb(255, 255, 255)") == (scheme == "light")


def test_copied_text_has_no_labels(page, tmp_path, seed_docs):
    path = tmp_path / "one.html"
    path.write_text(seed_docs[0].to_html(), encoding="utf-8")
    page.goto(path.as_uri())
    copied = page.evaluate(
        "(getSelection().selectAllChildren(document.querySelector('.aie-text')), getSelection().toString())"
    )
    assert copied == seed_docs[0].text


def test_control_characters_survive_the_parser(page, tmp_path):
    text = "ا\r\nب\rج\n<b>&amp;\u202eد\u200f😀\u0001"
    path = tmp_path / "odd.html"
    path.write_bytes(Document(text, (Entity(0, 3, "PER", "E1"),)).to_html().encode("utf-8"))
    page.goto(path.as_uri())
    assert page.evaluate("document.querySelector('.aie-text').textContent") == text


def test_hostile_documents(page, tmp_path):
    doc = Document(ATTACK, (Entity(0, 9, ATTACK, ATTACK, value=ATTACK),), id=ATTACK, warnings=(ATTACK,))
    path = tmp_path / "hostile.html"
    path.write_text(to_html(doc, title="safe"), encoding="utf-8")
    page.goto(path.as_uri())
    assert page.title() == "safe" and page.locator("img, script").count() == 0
