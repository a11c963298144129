"""The page in a real browser: by keyboard, on paper, in the dark, on a narrow screen.

Needs Chromium and its driver (Debian: chromium, chromium-driver). Everything is read from a file; nothing is sent.
"""

from __future__ import annotations

import base64
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no Chromium with its driver: apt-get install chromium chromium-driver"
)

VISIBLE = "main details.control tbody tr:not([hidden])"
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One browser for all tests here, with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture
def shown(chrome: webdriver.Chrome, page_file: Path) -> webdriver.Chrome:
    """The page, freshly opened, light, on a wide screen."""
    chrome.set_window_size(1280, 1000)
    media(chrome, "light")
    chrome.get(page_file.as_uri())
    return chrome


def media(browser: webdriver.Chrome, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def press(browser: webdriver.Chrome, *keys: str) -> None:
    """Type where the focus is."""
    browser.switch_to.active_element.send_keys(*keys)


def tab_to(browser: webdriver.Chrome, name: str) -> WebElement:
    """Press Tab until the form field of that name has the focus."""
    for _ in range(60):
        press(browser, Keys.TAB)
        element = browser.switch_to.active_element
        if element.get_attribute("name") == name:
            return element
    raise AssertionError(f"{name} is not reached by Tab")


def count(browser: webdriver.Chrome, selector: str) -> int:
    found: int = browser.execute_script("return document.querySelectorAll(arguments[0]).length", selector)
    return found


def colour(browser: webdriver.Chrome, selector: str, what: str) -> tuple[float, ...]:
    text: str = browser.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, what
    )
    return tuple(float(part) for part in text[text.index("(") + 1 : -1].split(",")[:3])


def luminance(rgb: tuple[float, ...]) -> float:
    """Relative luminance, as the Web Content Accessibility Guidelines define it."""
    parts = [value / 255 for value in rgb]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_page_opens_at_once_and_alone(shown: webdriver.Chrome) -> None:
    """It is there within a second, has asked for nothing else, and no script failed."""
    durations = []
    for _ in range(3):
        # The quickest counts: what else the machine does is not the page's.
        shown.refresh()
        timing = "return performance.getEntriesByType('navigation')[0].duration"
        durations.append(shown.execute_script(timing))
    assert min(durations) < 1000
    assert shown.execute_script("return performance.getEntriesByType('resource').length") == 0
    log = shown.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []


def test_the_skip_link_comes_first(shown: webdriver.Chrome) -> None:
    """The first Tab offers to skip the navigation; Enter leads to the summary."""
    press(shown, Keys.TAB)
    assert shown.switch_to.active_element.text == "Skip to the summary"
    press(shown, Keys.ENTER)
    assert shown.execute_script("return document.activeElement.id") == "summary"


def test_the_filter_works_by_keyboard(shown: webdriver.Chrome) -> None:
    """Tab to the layer, type its name: only rows of that layer are left, and the count says how many."""
    everything = count(shown, VISIBLE)
    tab_to(shown, "layer").send_keys("cache")
    left = shown.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(row => row.cells[2].textContent)", VISIBLE
    )
    assert set(left) == {"cache"}
    assert 0 < len(left) < everything
    total = count(shown, "main tbody tr:not(.sum):not([hidden])")
    assert shown.find_element(By.ID, "count").text.startswith(f"{total} of ")


def test_filters_add_up_and_can_be_taken_back(shown: webdriver.Chrome) -> None:
    """Words and outcome narrow what is left; the button shows everything again."""
    everything = count(shown, VISIBLE)
    tab_to(shown, "outcome").send_keys("pass")
    tab_to(shown, "words").send_keys("kms-data rotation")
    rows = shown.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(row => [0, 1].map(i => row.cells[i].textContent))",
        VISIBLE,
    )
    assert rows
    assert {tuple(row) for row in rows} == {("pass", "kms-data")}
    press(shown, Keys.TAB, Keys.ENTER)
    shown.switch_to.active_element.send_keys(Keys.ENTER)
    shown.execute_async_script("setTimeout(arguments[0], 50)")
    assert count(shown, VISIBLE) == everything


def test_a_requirement_shows_its_controls(shown: webdriver.Chrome) -> None:
    """Choosing a requirement leaves its controls, and hides the inventories of others."""
    tab_to(shown, "requirement").send_keys("10.5.1")
    kept = shown.execute_script(
        "return [...document.querySelectorAll('details.control:not([hidden])')].map(item => item.dataset.q)"
    )
    assert kept
    assert all("10.5.1" in numbers.split() for numbers in kept)
    captions = shown.execute_script(
        "return [...document.querySelectorAll('#inventory .scroll:not([hidden]) caption')].map(c => c.textContent)"
    )
    assert len(captions) == 1
    assert captions[0].startswith("Logs and their retention")


def test_the_requirement_table_sets_the_filter(shown: webdriver.Chrome) -> None:
    """Pressing a requirement's number filters by it, and the focus moves to the filter."""
    button = shown.find_element(By.CSS_SELECTOR, "#requirements button[data-pick='4.2.1']")
    button.send_keys(Keys.ENTER)
    assert shown.execute_script("return document.activeElement.name + ' ' + document.activeElement.value") == (
        "requirement 4.2.1"
    )
    assert 0 < count(shown, "details.control:not([hidden])") < count(shown, "details.control")


def test_a_control_opens_by_keyboard(shown: webdriver.Chrome) -> None:
    """Space opens a control and shows its resources with their lines."""
    summary = shown.find_element(By.CSS_SELECTOR, "details.control:not([open]) > summary")
    summary.send_keys(Keys.SPACE)
    control = summary.find_element(By.XPATH, "..")
    assert control.get_attribute("open") == "true"
    assert "TapStack.yml:" in control.text


def test_links_of_the_page_resolve(shown: webdriver.Chrome, page_file: Path) -> None:
    """Every link within the page has its target; every link to a file finds it."""
    links = shown.execute_script("return [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    for link in set(links):
        file, _, anchor = link.partition("#")
        if file:
            assert (page_file.parent / file).is_file(), link
        else:
            assert count(shown, f"[id='{anchor}']") == 1, link


def test_everything_has_a_name(shown: webdriver.Chrome) -> None:
    """Fields have labels, tables captions or headings, drawings titles, and headings leave out no level."""
    assert (
        shown.execute_script(
            "return [...document.querySelectorAll('input, select')].filter(field => !field.labels.length).length"
        )
        == 0
    )
    assert count(shown, ".scroll > table:not(:has(caption))") == 0
    assert count(shown, "svg[role=img]:not(:has(> title)):not(:has(> desc))") == 0
    levels = shown.execute_script("return [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    ids = shown.execute_script("return [...document.querySelectorAll('[id]')].map(item => item.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(shown: webdriver.Chrome, scheme: str) -> None:
    """The page follows the system; text, links and outcomes have a contrast of at least 4.5 to 1."""
    media(shown, scheme)
    page = colour(shown, "body", "backgroundColor")
    assert (luminance(page) < 0.2) == (scheme == "dark")
    for selector in ("body", "a", "caption small", ".card span", "td.PASS", "td.FAIL, .v-missed", "summary .q"):
        assert contrast(colour(shown, selector, "color"), page) >= 4.5, selector
    drawing = colour(shown, "svg .page", "fill")
    assert contrast(colour(shown, "svg text", "fill"), drawing) >= 4.5
    assert (luminance(drawing) < 0.2) == (scheme == "dark")


def test_a_narrow_screen_scrolls_down_only(shown: webdriver.Chrome) -> None:
    """On a telephone the page itself does not scroll sideways; wide tables do, by themselves."""
    shown.set_window_size(500, 900)
    widths = shown.execute_script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1]


def test_paper_shows_what_matters(shown: webdriver.Chrome) -> None:
    """Printed, the page is white, without filter and navigation, and its tables are not cut off."""
    media(shown, "dark")
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    assert colour(shown, "body", "backgroundColor") == (255, 255, 255)
    assert contrast(colour(shown, "body", "color"), (255, 255, 255)) > 7
    for selector in (".filter", "nav"):
        assert not shown.find_element(By.CSS_SELECTOR, selector).is_displayed()
    assert shown.execute_script("return getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
    printed = shown.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    pdf = base64.b64decode(printed["data"])
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert pdf.startswith(b"%PDF")
    assert 10 < pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") < 150


def test_printing_unfolds_the_sources(shown: webdriver.Chrome) -> None:
    """Figures go to paper with their sources, and fold again afterwards."""
    folded = "details:not(.control):not([open])"
    before = count(shown, folded)
    assert before
    shown.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert count(shown, folded) == 0
    shown.execute_script("dispatchEvent(new Event('afterprint'))")
    assert count(shown, folded) == before


def test_without_script_everything_is_there(html: str) -> None:
    """Rows are in the document, not made by the script: nothing is hidden from who turns scripts off."""
    assert " hidden" not in html.partition("<main>")[2].partition("<script>")[0]
